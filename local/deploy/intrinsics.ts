import { isObject } from '../json';
import { LANGUAGE_EXTENSIONS, type Template } from './template';

/** Where references lead. Each method throws when the name means nothing. */
export interface Scope {
  ref(name: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  importValue(name: string): unknown;
  /** The output of another stack, exported or not. */
  stackOutput(stackName: string, outputName: string, region?: string): unknown;
}

/** What `Ref: AWS::NoValue` resolves to: the property or element that holds it is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

/**
 * Resolves CloudFormation's intrinsic functions. A name that cannot be resolved is an error, never passed through: that, and
 * values that only exist once a resource has been created, is what the libraries for it do not do.
 */
export class Intrinsics {
  private readonly conditions = new Map<string, boolean>();
  private readonly evaluating = new Set<string>();

  constructor(private readonly template: Template, private readonly scope: Scope) {}

  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item)).filter((item) => item !== NO_VALUE);
    if (!isObject(value)) return value;
    const call = intrinsicCall(value);
    if (call) return this.call(call.name, call.argument);
    const entries = Object.entries(value).map(([key, item]) => [key, this.resolve(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
  }

  condition(name: string): boolean {
    const known = this.conditions.get(name);
    if (known !== undefined) return known;
    const expression = this.template.Conditions?.[name];
    if (expression === undefined) throw new Error(`condition ${name} is not in the template's Conditions`);
    if (this.evaluating.has(name)) throw new Error(`condition ${name} depends on itself`);
    this.evaluating.add(name);
    const result = this.boolean(expression);
    this.evaluating.delete(name);
    this.conditions.set(name, result);
    return result;
  }

  private boolean(value: unknown): boolean {
    if (isObject(value) && typeof value.Condition === 'string' && Object.keys(value).length === 1) {
      return this.condition(value.Condition);
    }
    const result = this.resolve(value);
    if (typeof result === 'boolean') return result;
    if (result === 'true' || result === 'false') return result === 'true';
    throw new Error(`a condition must be true or false, got: ${JSON.stringify(result)}`);
  }

  private call(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref': return argument === 'AWS::NoValue' ? NO_VALUE : this.scope.ref(this.string(name, argument));
      case 'Fn::GetAtt': return this.getAtt(argument);
      case 'Fn::Sub': return this.sub(argument);
      case 'Fn::Join': return this.join(argument);
      case 'Fn::Split': return this.split(argument);
      case 'Fn::Select': return this.select(argument);
      case 'Fn::Base64': return Buffer.from(this.string(name, this.resolve(argument))).toString('base64');
      case 'Fn::FindInMap': return this.findInMap(argument);
      case 'Fn::ImportValue': return this.scope.importValue(this.string(name, this.resolve(argument)));
      case 'Fn::GetStackOutput': return this.stackOutput(argument);
      case 'Fn::Length': return this.length(argument);
      case 'Fn::ToJsonString': return this.toJsonString(argument);
      case 'Fn::If': return this.resolve(this.branch(argument));
      case 'Fn::Equals': return this.equals(argument);
      case 'Fn::And': return this.list(name, argument, 2, 10).map((item) => this.boolean(item)).every(Boolean);
      case 'Fn::Or': return this.list(name, argument, 2, 10).map((item) => this.boolean(item)).some(Boolean);
      case 'Fn::Not': return !this.boolean(this.list(name, argument, 1)[0]);
      default: throw new Error(`intrinsic function ${name} is not emulated`);
    }
  }

  /** The branch of an `Fn::If` that its condition picks, unresolved. */
  branch(argument: unknown): unknown {
    const [condition, whenTrue, whenFalse] = this.list('Fn::If', argument, 3);
    return this.condition(this.string('Fn::If', condition)) ? whenTrue : whenFalse;
  }

  private getAtt(argument: unknown): unknown {
    const { logicalId, attribute } = getAttTarget(argument);
    return this.scope.attribute(logicalId, this.string('Fn::GetAtt', this.resolve(attribute)));
  }

  private sub(argument: unknown): string {
    const [text, variables] = Array.isArray(argument) ? this.list('Fn::Sub', argument, 2) : [argument, {}];
    const values = this.resolve(variables) as Record<string, unknown>;
    return replacePlaceholders(this.string('Fn::Sub', text), (name) => {
      if (Object.hasOwn(values, name)) return this.string('Fn::Sub', values[name]);
      const dot = name.indexOf('.');
      const value = dot < 0 ? this.scope.ref(name) : this.scope.attribute(name.slice(0, dot), name.slice(dot + 1));
      return this.string('Fn::Sub', value);
    });
  }

  private join(argument: unknown): string {
    const [delimiter, items] = this.list('Fn::Join', argument, 2);
    const values = this.resolve(items);
    if (!Array.isArray(values)) throw new Error(`Fn::Join needs a list to join, got: ${JSON.stringify(values)}`);
    return values.map((item) => this.string('Fn::Join', item)).join(this.string('Fn::Join', delimiter));
  }

  private split(argument: unknown): string[] {
    const [delimiter, text] = this.list('Fn::Split', argument, 2).map((item) => this.string('Fn::Split', this.resolve(item)));
    if (delimiter === '') throw new Error('Fn::Split needs a delimiter, got an empty string');
    return text.split(delimiter);
  }

  private select(argument: unknown): unknown {
    const [index, items] = this.list('Fn::Select', argument, 2).map((item) => this.resolve(item));
    if (!Array.isArray(items)) throw new Error(`Fn::Select needs a list to select from, got: ${JSON.stringify(items)}`);
    const position = Number(index);
    if (!(position in items)) {
      throw new Error(`Fn::Select index ${index} is outside the list, which holds ${items.length}: ${JSON.stringify(items)}`);
    }
    return items[position];
  }

  private stackOutput(argument: unknown): unknown {
    const name = 'Fn::GetStackOutput';
    const given = isObject(argument) ? argument : {};
    const known = ['StackName', 'OutputName', 'Region', 'RoleArn'];
    if (!('StackName' in given && 'OutputName' in given) || Object.keys(given).some((key) => !known.includes(key))) {
      throw new Error(`${name} takes StackName and OutputName, and may have Region and RoleArn, got: ${JSON.stringify(argument)}`);
    }
    if (given.RoleArn !== undefined) throw new Error(`${name} with RoleArn is not emulated: local/ is one account`);
    const region = given.Region === undefined ? undefined : this.string(name, this.resolve(given.Region));
    return this.scope.stackOutput(this.string(name, this.resolve(given.StackName)), this.string(name, this.resolve(given.OutputName)), region);
  }

  /** CloudFormation refuses some functions in a template without the transform. */
  private checkExtended(what: string): void {
    if (![this.template.Transform ?? []].flat().includes(LANGUAGE_EXTENSIONS)) {
      throw new Error(`${what} needs the template's Transform to be ${LANGUAGE_EXTENSIONS}`);
    }
  }

  private length(argument: unknown): number {
    this.checkExtended('Fn::Length');
    const values = this.resolve(argument);
    if (!Array.isArray(values)) throw new Error(`Fn::Length needs a list to count, got: ${JSON.stringify(values)}`);
    return values.length;
  }

  private toJsonString(argument: unknown): string {
    this.checkExtended('Fn::ToJsonString');
    const value = this.resolve(argument);
    if (!isObject(value) && !Array.isArray(value)) throw new Error(`Fn::ToJsonString needs an object or a list, got: ${JSON.stringify(value)}`);
    return JSON.stringify(value);
  }

  private findInMap(argument: unknown): unknown {
    const given = this.list('Fn::FindInMap', argument, 3, 4);
    const [map, first, second] = given.slice(0, 3).map((item) => this.string('Fn::FindInMap', this.resolve(item)));
    const [fallback] = given.slice(3);
    if (fallback !== undefined) this.checkExtended('Fn::FindInMap with a DefaultValue');
    const value = this.template.Mappings?.[map]?.[first]?.[second];
    if (value === undefined && isObject(fallback) && 'DefaultValue' in fallback) return this.resolve(fallback.DefaultValue);
    if (value === undefined) throw new Error(`Fn::FindInMap finds nothing in Mappings under ${map}.${first}.${second}`);
    return value;
  }

  private equals(argument: unknown): boolean {
    const [left, right] = this.list('Fn::Equals', argument, 2).map((item) => this.resolve(item));
    const text = (value: unknown) => (isObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value));
    return text(left) === text(right);
  }

  private list(name: string, argument: unknown, min: number, max = min): unknown[] {
    if (!Array.isArray(argument) || argument.length < min || argument.length > max) {
      const count = min === max ? `${min}` : `${min} to ${max}`;
      throw new Error(`${name} takes a list of ${count}, got: ${JSON.stringify(argument)}`);
    }
    return argument;
  }

  private string(name: string, value: unknown): string {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') throw new Error(`${name} needs a string, got: ${JSON.stringify(value)}`);
    return value;
  }
}

/** The one intrinsic function that an object stands for, if it does. */
export function intrinsicCall(value: object): { readonly name: string; readonly argument: unknown } | undefined {
  const entries = Object.entries(value);
  if (entries.length !== 1) return undefined;
  const [[name, argument]] = entries;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

export function getAttTarget(argument: unknown): { readonly logicalId: string; readonly attribute: unknown } {
  if (Array.isArray(argument) && argument.length === 2 && typeof argument[0] === 'string') {
    return { logicalId: argument[0], attribute: argument[1] };
  }
  if (typeof argument === 'string' && argument.includes('.')) {
    const dot = argument.indexOf('.');
    return { logicalId: argument.slice(0, dot), attribute: argument.slice(dot + 1) };
  }
  throw new Error(`Fn::GetAtt takes [logical id, attribute], got: ${JSON.stringify(argument)}`);
}

/** Replaces `${Name}`; `${!Name}` stands for a literal `${Name}`. */
export function replacePlaceholders(text: string, replace: (name: string) => string): string {
  return text.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => (
    literal ? `\${${name}}` : replace(name.trim())
  ));
}

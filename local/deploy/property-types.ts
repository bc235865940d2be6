import type { PolicyDocument, PolicyStatement } from '../account';
import { isObject } from '../json';

/** A CloudFormation property that the deployer does not support, with the reason. */
export class UnsupportedProperty {
  constructor(readonly reason: string) {}
}

export function unsupported(reason: string): UnsupportedProperty {
  return new UnsupportedProperty(reason);
}

/**
 * The types of a resource's properties. `json` is any value, `strings` is a map of strings, and `unused` is accepted without effect.
 */
export type PropertyType =
  | 'string' | 'number' | 'boolean' | 'json' | 'strings' | 'policy' | 'unused'
  | UnsupportedProperty | readonly [PropertyType] | { readonly [name: string]: PropertyType };

export type PropertyValue<S> =
  S extends 'string' ? string
    : S extends 'number' ? number
      : S extends 'boolean' ? boolean
        : S extends 'json' ? unknown
          : S extends 'strings' ? Readonly<Record<string, string>>
            : S extends 'policy' ? PolicyDocument
              : S extends 'unused' | UnsupportedProperty ? never
                : S extends readonly [infer Item] ? readonly PropertyValue<Item>[]
                  : { readonly [Name in keyof S]?: PropertyValue<S[Name]> };

/** Checks a resolved value against its type, converts CloudFormation's "true" and "3" to a boolean and a number, and drops what has no effect. */
export function parseProperty(shape: PropertyType, value: unknown, path: string): unknown {
  if (shape instanceof UnsupportedProperty) throw new Error(`property ${path} is not emulated: ${shape.reason}`);
  if (typeof shape === 'string') return scalar(shape, value, path);
  if (Array.isArray(shape)) {
    const items = Array.isArray(value) ? value : fail(path, 'a list', value);
    return items.map((item, index) => parseProperty(shape[0] as PropertyType, item, `${path}[${index}]`));
  }
  const members = shape as { readonly [name: string]: PropertyType };
  const object = isObject(value) ? value : fail(path, 'an object', value);
  return Object.fromEntries(Object.entries(object).flatMap(([name, item]) => {
    const inner = path ? `${path}.${name}` : name;
    if (!Object.hasOwn(members, name)) {
      throw new Error(`property ${inner} is unknown, known here: ${Object.keys(members).join(', ')}`);
    }
    return members[name] === 'unused' ? [] : [[name, parseProperty(members[name], item, inner)]];
  }));
}

function scalar(shape: string, value: unknown, path: string): unknown {
  switch (shape) {
    case 'string':
      if (typeof value === 'number' || typeof value === 'boolean') return String(value);
      return typeof value === 'string' ? value : fail(path, 'a string', value);
    case 'number':
      if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
      return typeof value === 'number' ? value : fail(path, 'a number', value);
    case 'boolean':
      if (value === 'true' || value === 'false') return value === 'true';
      return typeof value === 'boolean' ? value : fail(path, 'true or false', value);
    case 'strings': {
      const map = isObject(value) ? value : fail(path, 'a map of strings', value);
      return Object.fromEntries(Object.entries(map).map(([key, item]) => [key, scalar('string', item, `${path}.${key}`)]));
    }
    case 'policy': return policy(value, path);
    default: return value;
  }
}

function policy(value: unknown, path: string): PolicyDocument {
  const document = isObject(value) && isObject(value.Statement) ? { ...value, Statement: [value.Statement] } : value;
  if (!isObject(document) || !Array.isArray(document.Statement)) return fail(path, 'a policy document', value);
  for (const statement of document.Statement as PolicyStatement[]) {
    if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') fail(`${path}.Statement.Effect`, 'Allow or Deny', statement);
  }
  return document as unknown as PolicyDocument;
}

function fail(path: string, expected: string, value: unknown): never {
  throw new Error(`property ${path} must be ${expected}, got: ${JSON.stringify(value)}`);
}

/** Checks a whole number against the range that a service documents, both ends included. */
export function checkRange(property: string, value: number | undefined, min: number, max: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max)) {
    throw new Error(`property ${property} must be a whole number from ${min} to ${max}, got: ${value}`);
  }
}

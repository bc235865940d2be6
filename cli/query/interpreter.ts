import { compile, TreeInterpreter } from './jmespath';

type Base = typeof TreeInterpreter;
/** What an expression is parsed to. */
export type Node = ReturnType<typeof compile>;
type Value = Parameters<Base['search']>[1];
type Visited = ReturnType<Base['visit']>;
type Function = (args: never) => Value;
/** What has an order. */
type Key = number | string;

// The library exports one interpreter, not its class.
const Interpreter = TreeInterpreter.constructor as new () => Base;

/**
 * Evaluates expressions as the AWS CLI does, where the library differs: a field is what a document itself has, not what every object
 * inherits; texts have an order; and some functions are those of JavaScript.
 */
class AwsInterpreter extends Interpreter {
  constructor() {
    super();
    const { max, min, sort, max_by: maxBy, min_by: minBy, sort_by: sortBy, to_number: toNumber } = this.runtime._functionTable;
    max._func = ([list]: [readonly Key[]]) => list.toSorted(inOrder).at(-1) ?? null;
    min._func = ([list]: [readonly Key[]]) => list.toSorted(inOrder)[0] ?? null;
    sort._func = ([list]: [readonly Key[]]) => list.toSorted(inOrder);
    sortBy._func = ([list, by]: [readonly Value[], Node]) => this.sortedBy(list, by);
    minBy._func = ([list, by]: [readonly Value[], Node]) => this.sortedBy(list, by)[0] ?? null;
    // Of equal ones, the first.
    maxBy._func = ([list, by]: [readonly Value[], Node]) => this.sortedBy(list.toReversed(), by).at(-1) ?? null;
    const original = toNumber._func as Function;
    toNumber._func = (args: readonly Value[]) => (typeof args[0] === 'string' && args[0].trim() === '' ? null : original(args as never));
  }

  override visit(node: Node, value: Value): Visited {
    if (node.type === 'Field') return fieldOf(value, node.name);
    if (node.type === 'Comparator' && node.name !== 'EQ' && node.name !== 'NE') {
      const [left, right] = [this.visit(node.left, value), this.visit(node.right, value)];
      return isKey(left) && isKey(right) && typeof left === typeof right ? COMPARISONS[node.name](inOrder(left, right)) : null;
    }
    return super.visit(node, value);
  }

  /** Equal ones keep their order. */
  private sortedBy(list: readonly Value[], by: Node): Value[] {
    const rows = list.map((value) => ({ value, key: this.visit(by, value) }));
    const type = typeof rows[0]?.key;
    const other = rows.find(({ key }) => !isKey(key) || typeof key !== type);
    if (other !== undefined) throw new Error(`Invalid type: the keys must be all numbers or all strings, got ${JSON.stringify(other.key)}`);
    return rows.sort((one, another) => inOrder(one.key as Key, another.key as Key)).map(({ value }) => value);
  }
}

const COMPARISONS: Record<'GT' | 'GTE' | 'LT' | 'LTE', (order: number) => boolean> = {
  GT: (order) => order > 0,
  GTE: (order) => order >= 0,
  LT: (order) => order < 0,
  LTE: (order) => order <= 0,
};

const interpreter = new AwsInterpreter();

/** @throws Error where a function is given what it does not take */
export function evaluate(node: Node, document: unknown): unknown {
  return interpreter.search(node, document as Value);
}

/** How many arguments a function takes, in words; undefined where as many as are given, and null where there is no such function. */
export function arityMistake(name: string, args: number): string | null | undefined {
  if (!Object.hasOwn(interpreter.runtime._functionTable, name)) return null;
  try {
    interpreter.runtime.callFunction(name, Array.from({ length: args }, () => null));
    return undefined;
  } catch (error) {
    return /^Invalid arity: (.*)$/.exec((error as Error).message)?.[1];
  }
}

/** Names of all functions. */
export const FUNCTION_NAMES: readonly string[] = Object.keys(interpreter.runtime._functionTable);

function fieldOf(value: Value, name: string): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.hasOwn(value, name) ? (value[name] ?? null) : null;
}

function isKey(value: unknown): value is Key {
  return typeof value === 'number' || typeof value === 'string';
}

/** Texts by their code points: < compares UTF-16 units, of which those of an emoji come before U+E000. */
function inOrder(one: Key, other: Key): number {
  if (typeof one === 'number') return one - (other as number);
  return Buffer.compare(Buffer.from(one), Buffer.from(other as string));
}

import { compile, TreeInterpreter } from './jmespath';

type Base = typeof TreeInterpreter;
/** What an expression is parsed to. */
export type Node = ReturnType<typeof compile>;
type Value = Parameters<Base['search']>[1];
type Visited = ReturnType<Base['visit']>;
type Function = (args: never) => Value;

// The library exports one interpreter, not its class.
const Interpreter = TreeInterpreter.constructor as new () => Base;

/**
 * Evaluates expressions as the AWS CLI does, where the library differs: a field is what a document itself has, not what every object
 * inherits; texts have an order; and some functions are those of JavaScript.
 */
class AwsInterpreter extends Interpreter {
  constructor() {
    super();
    const { sort, max_by: maxBy, min_by: minBy, sort_by: sortBy, to_number: toNumber } = this.runtime._functionTable;
    sort._func = ([list]: [readonly (number | string)[]]) => [...list].sort(inOrder);
    const sorted = sortBy._func as (args: readonly Value[]) => readonly Value[];
    maxBy._func = (args: readonly Value[]) => sorted(args).at(-1) ?? null;
    minBy._func = (args: readonly Value[]) => sorted(args)[0] ?? null;
    const original = toNumber._func as Function;
    toNumber._func = (args: readonly Value[]) => (typeof args[0] === 'string' && args[0].trim() === '' ? null : original(args as never));
  }

  override visit(node: Node, value: Value): Visited {
    if (node.type === 'Field') return fieldOf(value, node.name);
    if (node.type === 'Comparator' && node.name !== 'EQ' && node.name !== 'NE') {
      const [left, right] = [this.visit(node.left, value), this.visit(node.right, value)];
      const areComparable = typeof left === typeof right && (typeof left === 'number' || typeof left === 'string');
      return areComparable ? COMPARISONS[node.name](left as string, right as string) : null;
    }
    return super.visit(node, value);
  }
}

const COMPARISONS: Record<'GT' | 'GTE' | 'LT' | 'LTE', (left: string, right: string) => boolean> = {
  GT: (left, right) => left > right,
  GTE: (left, right) => left >= right,
  LT: (left, right) => left < right,
  LTE: (left, right) => left <= right,
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

function inOrder(one: number | string, other: number | string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

import { BlockList, isIP } from 'node:net';
import { isObject } from '../is-object';

/** Whether one of the scalars that a field holds is meant. A field that is missing holds none. */
export type Matcher = (leaves: readonly unknown[]) => boolean;

type ScalarTest = (leaf: unknown) => boolean;

/** One entry of a leaf's list: a value, or an object that names an operator. */
export function matcher(entry: unknown, path: string): Matcher {
  if (isObject(entry) && 'exists' in entry) {
    const exists = only(entry, 'exists', path);
    if (typeof exists !== 'boolean') return refuse(path, 'exists must be true or false', exists);
    return (leaves) => leaves.length > 0 === exists;
  }
  const test = scalarTest(entry, path);
  return (leaves) => leaves.some(test);
}

function scalarTest(entry: unknown, path: string): ScalarTest {
  if (!isObject(entry)) return equals(entry, path);
  const [operator = ''] = Object.keys(entry);
  if (!Object.hasOwn(operators, operator)) {
    return refuse(path, `an operator must be one of exists, ${Object.keys(operators).join(', ')}`, entry);
  }
  return operators[operator](only(entry, operator, path), path);
}

const operators: Readonly<Record<string, (operand: unknown, path: string) => ScalarTest>> = {
  'prefix': (operand, path) => affix(operand, path, 'prefix', (leaf, part) => leaf.startsWith(part)),
  'suffix': (operand, path) => affix(operand, path, 'suffix', (leaf, part) => leaf.endsWith(part)),
  'equals-ignore-case': (operand, path) => {
    const wanted = text(operand, path, 'equals-ignore-case').toLowerCase();
    return (leaf) => typeof leaf === 'string' && leaf.toLowerCase() === wanted;
  },
  'anything-but': anythingBut,
  'numeric': numeric,
  'wildcard': (operand, path) => {
    const expression = wildcard(text(operand, path, 'wildcard'));
    return (leaf) => typeof leaf === 'string' && expression.test(leaf);
  },
  'cidr': cidr,
};

function equals(wanted: unknown, path: string): ScalarTest {
  if (Array.isArray(wanted)) return refuse(path, 'a list must not hold another list', wanted);
  return (leaf) => leaf === wanted;
}

function affix(operand: unknown, path: string, name: string, test: (leaf: string, part: string) => boolean): ScalarTest {
  if (!isObject(operand)) {
    const part = text(operand, path, name);
    return (leaf) => typeof leaf === 'string' && test(leaf, part);
  }
  const part = text(only(operand, 'equals-ignore-case', path), path, name).toLowerCase();
  return (leaf) => typeof leaf === 'string' && test(leaf.toLowerCase(), part);
}

/** Needs a value: a field that is missing is not anything. */
function anythingBut(operand: unknown, path: string): ScalarTest {
  const [operator] = isObject(operand) ? Object.keys(operand) : [];
  const values = isObject(operand) ? operand[operator] : operand;
  const each = Array.isArray(values) ? values as unknown[] : [values];
  if (!each.length) return refuse(path, 'anything-but must name at least one value', operand);
  if (isObject(operand)) {
    if (!negatable.includes(operator)) return refuse(path, `anything-but must hold values or one of ${negatable.join(', ')}`, operand);
    only(operand, operator, path);
  }
  const tests = each.map((value) => {
    if (operator !== undefined) return operators[operator](value, path);
    return isObject(value) ? refuse(path, 'anything-but must hold text or numbers', operand) : equals(value, path);
  });
  return (leaf) => !tests.some((test) => test(leaf));
}

const negatable = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'];

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** Of numbers only: text that looks like one, as DynamoDB's numbers do, is not compared. */
function numeric(operand: unknown, path: string): ScalarTest {
  const parts: readonly unknown[] = Array.isArray(operand) ? operand : [];
  const tests: ScalarTest[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const [comparison, bound] = [String(parts[index]), parts[index + 1]];
    if (!Object.hasOwn(comparisons, comparison) || typeof bound !== 'number') {
      return refuse(path, `numeric must alternate one of ${Object.keys(comparisons).join(' ')} with a number`, operand);
    }
    tests.push((leaf) => typeof leaf === 'number' && comparisons[comparison](leaf, bound));
  }
  if (!tests.length || tests.length > 2) return refuse(path, 'numeric must be a list of one or two comparisons', operand);
  return (leaf) => tests.every((test) => test(leaf));
}

function cidr(operand: unknown, path: string): ScalarTest {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text(operand, path, 'cidr')) ?? [];
  const family = isIP(address);
  if (!family || Number(bits) > (family === 4 ? 32 : 128)) return refuse(path, 'cidr must be a block of addresses such as 10.0.0.0/24', operand);
  const block = new BlockList();
  block.addSubnet(address, Number(bits), `ipv${family as 4 | 6}`);
  return (leaf) => typeof leaf === 'string' && isIP(leaf) === family && block.check(leaf, `ipv${family as 4 | 6}`);
}

/** `*` stands for any text, `\*` and `\\` for themselves. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.match(/\\[*\\]|\*|[^*]/gsu) ?? [];
  const source = parts.map((part) => {
    if (part === '*') return '.*';
    return (/^\\[*\\]$/.test(part) ? part[1] : part).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 's');
}

function only(operator: Readonly<Record<string, unknown>>, name: string, path: string): unknown {
  const names = Object.keys(operator);
  if (names.length !== 1 || names[0] !== name) return refuse(path, `${name} must be the only key of its object`, operator);
  return operator[name];
}

function text(operand: unknown, path: string, name: string): string {
  return typeof operand === 'string' && operand !== '' ? operand : refuse(path, `${name} must be text that is not empty`, operand);
}

function refuse(path: string, rule: string, got: unknown): never {
  throw new Error(`event pattern at ${path}: ${rule}, got: ${JSON.stringify(got)}`);
}

import { isObject } from '../is-object';
import { matcher, type Matcher } from './matchers';

type Test = (value: unknown) => boolean;

/**
 * An event pattern as EventBridge and Lambda's event filters write it: an object in the shape of what it matches, with a list of
 * alternatives at each leaf. Keys are joined by and, the entries of a list and of `$or` by or.
 */
export class EventPattern {
  /** @throws for what the service would refuse, with the path of it */
  static parse(text: string): EventPattern {
    let pattern: unknown;
    try {
      pattern = JSON.parse(text);
    } catch (error) {
      throw new Error(`an event pattern must be JSON (${(error as Error).message}), got: ${text}`);
    }
    return EventPattern.of(pattern);
  }

  static of(pattern: unknown): EventPattern {
    return new EventPattern(objectTest(pattern, ''));
  }

  private constructor(private readonly test: Test) {}

  matches(event: object): boolean {
    return this.test(event);
  }
}

function objectTest(pattern: unknown, path: string): Test {
  if (!isObject(pattern) || !Object.keys(pattern).length) {
    throw new Error(`an event pattern must be an object with at least one key${at(path)}, got: ${JSON.stringify(pattern)}`);
  }
  const tests = Object.entries(pattern).map(([key, inner]) => {
    const innerPath = path ? `${path}.${key}` : key;
    if (key === '$or') return orTest(inner, innerPath);
    const test = Array.isArray(inner) ? leafTest(inner, innerPath) : objectTest(inner, innerPath);
    return (value: unknown) => test(isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined);
  });
  // Of a list of objects, one has to match as a whole.
  const test: Test = (value) => Array.isArray(value) && value.length ? value.some(test) : tests.every((each) => each(value));
  return test;
}

function orTest(alternatives: unknown, path: string): Test {
  if (!Array.isArray(alternatives) || alternatives.length < 2) {
    throw new Error(`$or must be a list of at least two patterns${at(path)}, got: ${JSON.stringify(alternatives)}`);
  }
  const tests = alternatives.map((alternative) => objectTest(alternative, path));
  return (value) => tests.some((test) => test(value));
}

function leafTest(alternatives: readonly unknown[], path: string): Test {
  if (!alternatives.length) throw new Error(`the list of an event pattern must not be empty${at(path)}`);
  const matchers: readonly Matcher[] = alternatives.map((alternative) => matcher(alternative, path));
  return (value) => {
    const found = leaves(value);
    return matchers.some((matches) => matches(found));
  };
}

/** What a field holds, as far as patterns see it: scalars. A list matches when one of its entries does. */
function leaves(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  return value === undefined || isObject(value) ? [] : [value];
}

function at(path: string): string {
  return path && ` at ${path}`;
}

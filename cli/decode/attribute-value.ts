import { isObject } from '../is-object';
import { isExactNumber } from './exact-json';

/** DynamoDB nests 32 levels deep. */
export const MOST_DEPTH = 64;

/**
 * An attribute value of DynamoDB in the form of JSON, on one line: numbers with all of their digits, sets and binary values told from
 * lists and strings. `unmarshall` of the SDK cannot: for it binary values in events, which are base64, are strings.
 */
export function valueText(value: unknown, depth = 0): string {
  const [[type, content] = []] = Object.entries((value ?? {}) as Record<string, unknown>);
  if (depth > MOST_DEPTH) return '…';
  if (type === 'N' && typeof content === 'string') return content;
  if (type === 'NULL') return 'null';
  if (type === 'B' && typeof content === 'string') return binaryText(content);
  if (type === 'L' && Array.isArray(content)) return `[${content.map((it) => valueText(it, depth + 1)).join(', ')}]`;
  if (type === 'M' && isObject(content)) return `{${Object.entries(content).map(([name, it]) => `${JSON.stringify(name)}: ${valueText(it, depth + 1)}`).join(', ')}}`;
  if (type && /^(SS|NS|BS)$/.test(type) && Array.isArray(content)) return `set[${content.map((it) => valueText({ [type[0]]: it }, depth + 1)).join(', ')}]`;
  // Strings, booleans, and types that DynamoDB may add one day.
  return jsonText(type === 'S' || type === 'BOOL' ? content : value);
}

/** An item of DynamoDB as plain values, or undefined where there is none. */
export function plainItem(item: unknown, depth = 0): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(item)) return undefined;
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value, depth + 1)]));
}

/** Sets are lists, binary values base64, and numbers that JavaScript rounds strings with all of their digits. */
function plainValue(value: unknown, depth: number): unknown {
  const [[type, content] = []] = Object.entries((value ?? {}) as Record<string, unknown>);
  if (depth > MOST_DEPTH) return '…';
  if (type === 'N' && typeof content === 'string') return plainNumber(content);
  if (type === 'NULL') return null;
  if (type === 'L' && Array.isArray(content)) return content.map((it) => plainValue(it, depth + 1));
  if (type === 'M') return plainItem(content, depth) ?? null;
  if (type === 'NS' && Array.isArray(content)) return content.map((it) => plainNumber(anyText(it)));
  if (type && /^(SS|BS)$/.test(type) && Array.isArray(content)) return content.map(anyText);
  return type === 'S' || type === 'B' || type === 'BOOL' ? content : jsonText(value);
}

function plainNumber(text: string): number | string {
  return isExactNumber(text) ? Number(text) : text;
}

/** JSON on one line, of whatever it is. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    return '…';
  }
}

/** A text as it is, and JSON of whatever is none: `String` throws where an object has a `toString` of its own. */
export function anyText(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value);
}

function binaryText(base64: string): string {
  return `binary(${base64})`;
}

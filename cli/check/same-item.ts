import { jsonText, MOST_DEPTH } from '../decode/attribute-value';

/** An item, or its keys: attribute values by name, as in an event or as from the SDK. */
export type Item = Readonly<Record<string, unknown>>;

const NUMBER = /^([+-]?)0*(\d*?)(?:\.(\d*?)0*)?(?:[eE]([+-]?\d{1,4}))?$/;

/** Whether two items are equal for DynamoDB: numbers by value, sets without order, binary values by their bytes. */
export function isSameItem(one: Item, other: Item): boolean {
  return itemText(one) === itemText(other);
}

/** A text that is the same for equal items, and for no others. Binary values are bytes, or base64 as in events. */
export function itemText(item: Item, depth = 0): string {
  const entries = Object.entries(item).map(([name, value]) => `${JSON.stringify(name)}:${valueText(value, depth + 1)}`);
  return `{${entries.sort().join()}}`;
}

function valueText(value: unknown, depth: number): string {
  const [[type, content] = [], ...others] = Object.entries((value ?? {}) as object).filter(([, it]) => it !== undefined) as [string, unknown][];
  // No item of DynamoDB is so deep.
  if (depth > MOST_DEPTH || type === undefined || others.length > 0) return `?${depth > MOST_DEPTH ? '' : jsonText(value)}`;
  if (type === 'N') return `N${numberText(content)}`;
  if (type === 'B') return `B${bytesText(content)}`;
  if (type === 'M' && isObject(content)) return `M${itemText(content, depth)}`;
  if (Array.isArray(content)) {
    if (type === 'L') return `L[${content.map((it) => valueText(it, depth + 1)).join()}]`;
    if (type === 'NS') return `NS[${content.map(numberText).sort().join()}]`;
    if (type === 'BS') return `BS[${content.map(bytesText).sort().join()}]`;
    if (type === 'SS') return `SS[${content.map(jsonText).sort().join()}]`;
  }
  return `${type}${jsonText(content)}`;
}

/** Digits without zeros at either end, and a power of ten. */
function numberText(number: unknown): string {
  const [, sign, whole, fraction = '', exponent = '0'] = NUMBER.exec(String(number)) ?? [];
  if (whole === undefined) return jsonText(number);
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return '0';
  const significant = digits.replace(/0+$/, '');
  return `${sign === '-' ? '-' : ''}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

function bytesText(bytes: unknown): string {
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64') : Buffer.from(String(bytes), 'base64').toString('base64');
}

function isObject(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

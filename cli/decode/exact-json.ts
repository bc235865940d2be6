/** Deeper than anything that somebody means to read: indents would outgrow the text. */
const MOST_DEPTH = 100;

/**
 * A JSON text with line breaks and indents, or undefined where it is no object and no array, or too deep. What it says stays as it was
 * written: numbers with all of their digits, keys in their order, twice if they are there twice.
 */
export function prettyJson(json: string): string | undefined {
  // Behind a byte order mark it is JSON as well.
  const text = json.replace(/^\ufeff/, '');
  if (!/^\s*[{[]/.test(text) || !isJson(text)) return undefined;
  const tokens = tokensOf(text);
  const parts: string[] = [];
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const isOpening = token === '{' || token === '[';
    const isClosing = token === '}' || token === ']';
    const isEmpty = isClosing && (tokens[index - 1] === '{' || tokens[index - 1] === '[');
    if (isClosing) depth--;
    if (isClosing && !isEmpty) parts.push(lineBreak(depth));
    parts.push(token === ':' ? ': ' : token);
    if (isOpening && ++depth > MOST_DEPTH) return undefined;
    const isBeforeClosing = tokens[index + 1] === '}' || tokens[index + 1] === ']';
    if (token === ',' || (isOpening && !isBeforeClosing)) parts.push(lineBreak(depth));
  }
  return parts.join('');
}

/** Numbers in JSON, and the strings that may look like them. */
const STRING_OR_NUMBER = /"(?:\\.|[^"\\])*"|-?\d[\d.eE+-]*/g;

/** Whether a number of JSON is one in JavaScript: a whole number that it rounds, such as a long id, would equal others. */
export function isExactNumber(source: string): boolean {
  const value = Number(source);
  return Number.isInteger(value) ? digitsOf(source) === digitsOf(String(value)) : Number.isFinite(value);
}

/** The significant digits. */
function digitsOf(number: string): string {
  return number.replace(/[eE].*/, '').replace(/\D/g, '').replace(/^0+|0+$/g, '');
}

/**
 * The value of a JSON text. Whole numbers that JavaScript rounds are strings with all of their digits, so that no two are equal that
 * differ.
 */
export function jsonValue(text: string): unknown {
  const exact = /[\d.]{16}|[eE]/.test(text)
    ? text.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') || isExactNumber(token) ? token : `"${token}"`))
    : text;
  return JSON.parse(exact);
}

/** What a JSON text is made of: strings, numbers and words as they are, and punctuation, without the white space between. */
function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = endOfToken(text, at);
    if (!/\s/.test(text[at])) tokens.push(text.slice(at, end));
    at = end;
  }
  return tokens;
}

function endOfToken(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start + 1);
  if (/[\s{}[\],:]/.test(text[start])) return start + 1;
  let end = start;
  while (!/[\s{}[\],:]/.test(text[end] ?? ',')) end++;
  return end;
}

function endOfString(text: string, start: number): number {
  let at = start;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function lineBreak(depth: number): string {
  return `\n${'  '.repeat(depth)}`;
}

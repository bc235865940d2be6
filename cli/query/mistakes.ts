import { isExactNumber } from '../decode/exact-json';
import { arityMistake, FUNCTION_NAMES } from './interpreter';
import { compile } from './jmespath';

/** Texts in '…', names in "…", JSON in `…`, names, numbers, and what is between them. */
const TOKENS = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|[A-Za-z_]\w*|-?\d+|\|\||&&|[=!<>]=|\[\?|\[\]|\S/gs;
/** What the library takes beside JMESPath, as `data.order-id` for a difference. */
const NO_JMESPATH = /^[-+/%$=?\u2212\u00d7\u00f7]$/u;

interface Token {
  readonly text: string;
  /** Counted from 1. */
  readonly at: number;
}

/** What is wrong with an expression, and where. Undefined where nothing is. */
export function mistakeIn(text: string): string | undefined {
  const tokens = [...text.matchAll(TOKENS)].map(({ 0: token, index }) => ({ text: token, at: index + 1 }));
  if (tokens.length === 0) return 'it is empty';
  return tokens.map((token, index) => mistakeAt(token, tokens.slice(index + 1))).find((it) => it !== undefined) ?? syntaxMistake(text, tokens);
}

/** What the parser takes and that could not do what was meant. */
function mistakeAt({ text, at }: Token, after: readonly Token[]): string | undefined {
  if (/^['"`]$/.test(text)) return `${text} at character ${at} has no end`;
  if (text === '-') return `unexpected "-" at character ${at}: a name with other characters than letters, digits and _ needs quotes, as in data."order-id"`;
  if (NO_JMESPATH.test(text)) return `unexpected "${text}" at character ${at}`;
  if (/^[A-Za-z_]/.test(text) && after[0]?.text === '(') return functionMistake(text, at, after);
  const number = /^`\s*(-?\d[\d.eE+-]*)\s*`$/.exec(text)?.[1];
  if (number === undefined || isExactNumber(number)) return undefined;
  return `${text} at character ${at} has more digits than a number can hold: records have it as text, so write '${number}'`;
}

function functionMistake(name: string, at: number, after: readonly Token[]): string | undefined {
  const mistake = arityMistake(name, argumentsIn(after));
  if (mistake === null) return `there is no function ${name}(), at character ${at}; there are ${FUNCTION_NAMES.join(', ')}`;
  return mistake && `${mistake}, at character ${at}`;
}

/** How many arguments follow the name of a function. */
function argumentsIn([, ...tokens]: readonly Token[]): number {
  let [depth, commas] = [0, 0];
  for (const [index, { text }] of tokens.entries()) {
    if (depth === 0 && text === ')') return index === 0 ? 0 : commas + 1;
    if (/^[([{]/.test(text) && text !== '[]') depth++;
    else if (/^[)\]}]$/.test(text)) depth--;
    else if (depth === 0 && text === ',') commas++;
  }
  return commas + 1;
}

/** The parser does not say where: it is at the first token with which the expression can no longer become one. */
function syntaxMistake(text: string, tokens: readonly Token[]): string | undefined {
  if (parserMessage(text) === undefined) return undefined;
  for (const token of tokens) {
    const message = parserMessage(text.slice(0, token.at - 1 + token.text.length));
    if (message !== undefined && !message.includes('EOF')) return `unexpected ${token.text} at character ${token.at}${hintFor(token)}`;
  }
  return 'the end is missing';
}

/** In a shell, a number is the most common one. */
function hintFor({ text }: Token): string {
  return /^-?\d+$/.test(text) ? `: a number to compare with is in backticks, as in '… == \`${text}\`'` : '';
}

function parserMessage(text: string): string | undefined {
  try {
    compile(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

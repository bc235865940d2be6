import { UnsupportedError } from '../gateway/types';

interface Term {
  readonly text: string;
  readonly isOptional: boolean;
}

/**
 * Whether a message matches a filter pattern of unstructured text: terms, quoted or not, all of which it must contain, or optional terms, one of
 * which it must contain. An empty pattern matches everything. Optional terms beside others, excluded terms, patterns for JSON, and regular
 * expressions are not emulated.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function filterPattern(pattern: string): (message: string) => boolean {
  const terms = [...pattern.matchAll(/(\??)(?:"((?:[^"\\]|\\.)*)"|([^\s?]\S*))/g)].map(([, mark, quoted, bare]): Term => ({
    text: quoted?.replace(/\\(.)/g, '$1') ?? term(bare), isOptional: mark !== '',
  }));
  const optional = terms.filter(({ isOptional }) => isOptional);
  if (optional.length > 0 && optional.length < terms.length) {
    throw new UnsupportedError(`filterPattern must have only optional terms or none here, got: ${pattern}`);
  }
  return (message) => (optional.length > 0 ? optional.some(({ text }) => message.includes(text)) : terms.every(({ text }) => message.includes(text)));
}

function term(text: string): string {
  if (!/^\w+$/.test(text)) throw new UnsupportedError(`filterPattern must consist of words and quoted texts here, got: ${text}`);
  return text;
}

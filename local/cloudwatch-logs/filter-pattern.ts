import { UnsupportedError } from '../gateway/types';

/**
 * Whether a message matches a filter pattern of unstructured text: terms, quoted or not, all of which it must contain. An empty pattern matches
 * everything. Patterns for JSON, optional and excluded terms, and regular expressions are not emulated.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function filterPattern(pattern: string): (message: string) => boolean {
  const terms = [...pattern.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) => quoted?.replace(/\\(.)/g, '$1') ?? term(bare));
  return (message) => terms.every((it) => message.includes(it));
}

function term(text: string): string {
  if (!/^\w+$/.test(text)) throw new UnsupportedError(`filterPattern must consist of words and quoted texts here, got: ${text}`);
  return text;
}

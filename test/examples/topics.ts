import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const EXAMPLES = resolve(__dirname, '../../examples');

export const LANGUAGES = ['typescript', 'python', 'java', 'go'] as const;

/** Apps with a processor of their own, in TypeScript only: tests and the demo run them. */
export const WHOLE_APPS: readonly string[] = ['orders', 'audit'];

/** The folders of a language, each of them an app. */
export function topicsOf(language: typeof LANGUAGES[number]): string[] {
  return readdirSync(join(EXAMPLES, language), { withFileTypes: true }).filter((it) => it.isDirectory()).map(({ name }) => name);
}

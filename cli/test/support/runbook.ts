import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A section of docs/runbook.md, of an alarm or the one before them. */
export interface RunbookSection {
  readonly name: string;
  readonly text: string;
  /** Lines for a shell, whole and without comments: of blocks, and between backticks. */
  readonly lines: readonly string[];
  /** Blocks of JSON. */
  readonly documents: readonly string[];
}

const page = readFileSync(join(__dirname, '../../../docs/runbook.md'), 'utf8');

export const RUNBOOK: readonly RunbookSection[] = page.split(/^## /m).map((text, place) => ({
  name: place === 0 ? '' : /^.*/.exec(text)![0],
  text,
  lines: [
    ...blocksOf(text, 'sh').flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n').map((line) => line.replace(/ +# .*$/, '')).filter(Boolean)),
    ...[...text.matchAll(/`(npx stream-dlq [^`\n]*)`/g)].map(([, line]) => line),
  ],
  documents: blocksOf(text, 'json'),
}));

function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block);
}

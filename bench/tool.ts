import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The operator's tool, as users start it. */
export const TOOL = resolve(__dirname, '..', 'cli', 'bin', 'stream-dlq.mjs');

export function missingTool(): string | undefined {
  return existsSync(resolve(TOOL, '..', '..', 'dist')) ? undefined : 'cli/dist/ must be there, got: no such folder; run `npx projen bundle`';
}

import { requireNumberEnv } from './require-env';

/** JSON of the records of a range for each MiB of the function's memory: pages, text and request body are in memory with it. */
const BYTES_FOR_EACH_MIB = 65_536;

/** The JSON of a dead letter for each MiB: what hydration wrote, its last page included, fits. */
const DEAD_LETTER_BYTES_FOR_EACH_MIB = 131_072;

/** What still fits one string as base64: they end at 512 Mi characters. */
const MAX_TEXT_BYTES = 268_435_456;

/** The most bytes of records that the function has memory to hold at once. */
export function dataBudget(): number {
  return budget(BYTES_FOR_EACH_MIB);
}

/** The most bytes of a dead letter that the function has memory to hold at once. */
export function deadLetterBudget(): number {
  return budget(DEAD_LETTER_BYTES_FOR_EACH_MIB);
}

function budget(bytesForEachMib: number): number {
  return Math.min(requireNumberEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE') * bytesForEachMib, MAX_TEXT_BYTES);
}

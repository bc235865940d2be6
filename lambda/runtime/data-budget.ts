import { requireNumberEnv } from './require-env';

/** Bytes of records as JSON for each MiB of the function's memory, which also holds pages, text and request body. */
const BYTES_FOR_EACH_MIB = 65_536;

/** Bytes of a dead letter as JSON for each MiB: enough for every dead letter that the hydrate function writes. */
const DEAD_LETTER_BYTES_FOR_EACH_MIB = 131_072;

/** A string has at most 512 Mi characters, and base64 must fit. */
const MAX_TEXT_BYTES = 268_435_456;

/** The maximum size of records in bytes that fits into the function's memory. */
export function dataBudget(): number {
  return budget(BYTES_FOR_EACH_MIB);
}

/** The maximum size of a dead letter in bytes that fits into the function's memory. */
export function deadLetterBudget(): number {
  return budget(DEAD_LETTER_BYTES_FOR_EACH_MIB);
}

function budget(bytesForEachMib: number): number {
  return Math.min(requireNumberEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE') * bytesForEachMib, MAX_TEXT_BYTES);
}

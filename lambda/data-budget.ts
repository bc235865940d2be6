import { requireNumberEnv } from './require-env';

/** Data of a range for each MiB of the function's memory: base64, JSON and the request body are in memory with it. */
const BYTES_FOR_EACH_MIB = 65_536;

/** What still fits one string as base64: they end at 512 Mi characters. */
const LONGEST_TEXT_BYTES = 268_435_456;

/** The most bytes of records that the function has memory to hold at once. */
export function dataBudget(): number {
  return Math.min(requireNumberEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE') * BYTES_FOR_EACH_MIB, LONGEST_TEXT_BYTES);
}

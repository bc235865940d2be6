import { CliError } from '../../../cli-error';
import type { RedriveOptions } from '../run';

/** @throws CliError where an option is for dead letters of a stream alone */
export function refuseStreamOptions(name: string, options: RedriveOptions): void {
  const given: readonly (readonly [boolean | undefined, string])[] = [
    [options.remote !== undefined, '--remote'],
    [options.toStream, '--to-stream'],
    [options.function !== undefined, '--function'],
    [options.parked, '--parked'],
    [options.include.length > 0, '--include'],
    [options.onlyFailedRecords, '--only-failed-records'],
    [options.pick, '--pick'],
    [options.check, '--check'],
    [options.skip !== undefined && options.skip.length > 0, '--skip'],
  ];
  const [, option] = given.find(([isGiven]) => isGiven) ?? [];
  if (option === undefined) return;
  throw new CliError(`${option} is for dead letters of a stream, got: ${name}, whose messages go back to a queue as they are; leave ${option} out.`);
}

/** The most that a move task of SQS takes. */
const MOST_PER_SECOND = 500;

/** Why SQS cannot be told this rate for a task. */
export function rateReason(rate: number | undefined): string | undefined {
  if (rate === undefined || (Number.isInteger(rate) && rate <= MOST_PER_SECOND)) return undefined;
  return `the rate of a move task of SQS is a whole number from 1 to ${MOST_PER_SECOND}, got: --rate ${rate}`;
}

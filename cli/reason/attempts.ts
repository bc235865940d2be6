import { type LogLine, readLine, type ReadLine } from './log-line';

/** One attempt of an invocation: retries may have the same request id. */
export interface Attempt {
  /** Those of the initialization before it first. */
  readonly lines: readonly LogLine[];
  /** Absent where no line says when it began, as in JSON logs with a system log level above INFO. */
  readonly startedAt?: Date;
  readonly endedAt?: Date;
}

export interface ReadAttempt {
  /** Lines before the first one of the attempt that are of no other invocation: errors of an initialization have no request id. */
  readonly init: readonly ReadLine[];
  readonly lines: readonly ReadLine[];
}

/** The attempts of an invocation in a log stream, in order. `lines` are lines of that stream, in order, and may be of other invocations. */
export function attemptsIn(lines: readonly LogLine[], requestId: string): readonly Attempt[] {
  return readAttempts(lines.map(readLine), requestId).map(({ init, lines: own }) => ({
    lines: [...init, ...own].map(({ time, message }) => ({ time, message })),
    startedAt: own.find(({ platform }) => platform?.kind === 'start')?.time,
    endedAt: own.findLast(({ platform }) => platform?.kind === 'end')?.time,
  }));
}

export function readAttempts(lines: readonly ReadLine[], requestId: string): readonly ReadAttempt[] {
  const attempts: { readonly init: ReadLine[]; readonly lines: ReadLine[] }[] = [];
  /** Lines that name no invocation, outside of any. */
  let unclaimed: ReadLine[] = [];
  let within: 'own' | 'other' | 'none' = 'none';

  for (const line of lines) {
    const isOwn = line.requestId === requestId;
    const kind = line.platform?.kind;
    if (kind === 'start' && isOwn) {
      attempts.push({ init: unclaimed, lines: [line] });
      [unclaimed, within] = [[], 'own'];
    } else if (kind === 'start') {
      [unclaimed, within] = [[], 'other'];
    } else if (isOwn) {
      if (attempts.length === 0) {
        // The START line is missing. Without it, the lines before may be of this attempt.
        attempts.push({ init: [], lines: [...unclaimed, line] });
        [unclaimed, within] = [[], 'own'];
      } else {
        attempts.at(-1)!.lines.push(line);
      }
      if (kind === 'end') within = 'none';
    } else if (line.requestId !== undefined) {
      // Only an invocation that ended leaves the lines after it to the next: instances of some functions handle several at a time.
      if (kind === 'end') [unclaimed, within] = [[], within === 'own' ? 'own' : 'none'];
    } else if (within === 'own') {
      attempts.at(-1)!.lines.push(line);
    } else if (within === 'none') {
      unclaimed.push(line);
    }
  }
  if (attempts.length === 0 && unclaimed.length > 0) return [{ init: [], lines: unclaimed }];
  return attempts;
}

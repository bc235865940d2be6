import { parseDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import type { SendResult } from '../../../../lambda/shared/redrive/target';
import { CliError } from '../../../cli-error';
import { RedriveRun } from '../../../commands/redrive/redrive-run';
import type { DeadLetterReader, FoundDeadLetter } from '../../../dead-letters/dead-letter-reader';
import { Selection } from '../../../dead-letters/selection';
import { deadLetterOf } from '../../support/operation';

const never = new AbortController().signal;

function deadLetter(messageId = 'm-1'): FoundDeadLetter {
  const read = parseDeadLetter(JSON.stringify(deadLetterOf()), 'the message');
  return { messageId, sentAt: new Date(), summary: read, read: async () => read };
}

function runOf(origin: Partial<DeadLetterReader>, send: () => Promise<SendResult> = async () => ({ outcome: 'sent' }), audit = async () => undefined, aborted = never) {
  const alarms: string[] = [];
  const calls: string[] = [];
  const run = new RedriveRun(
    {
      name: 'the queue',
      deadLetters: async function* () {
        yield deadLetter();
      },
      isHidden: () => true,
      keepRemainder: async () => void calls.push('keepRemainder'),
      noteFailure: async () => void calls.push('noteFailure'),
      remove: async () => void calls.push('remove'),
      close: async () => undefined,
      ...origin,
    },
    { nameFor: () => 'the processor', send },
    Selection.everything(),
    { write: async ({ result }) => (calls.push(result), audit()) },
    {
      rules: { include: [], onlyFailedRecords: false, toStream: false }, targets: [], commandOf: (command) => command,
      concurrency: 1, stopAfterFailures: 10, stopped: never, aborted,
    },
    { onResult: () => undefined, onAlarm: (text) => alarms.push(text) },
  );
  return { run, alarms, calls };
}

test('a letter that is let go of while it is under way is counted once, as one of which nothing is known', async () => {
  const abort = new AbortController();
  const { run, calls } = runOf({}, async () => {
    abort.abort();
    throw Object.assign(new Error('aborted'), { name: 'AbortError' });
  }, undefined, abort.signal);
  await run.run();
  expect(run.tally.report).toMatchObject({ counts: { failed: 1 }, reasons: [{ count: 1, reason: { name: 'Interrupted' } }] });
  expect(calls).toEqual(['failed']);
});

describe('a dead letter', () => {
  test('that is hidden no longer is left to whoever has it', async () => {
    const send = jest.fn();
    const { run, calls } = runOf({ isHidden: () => false }, send);
    await run.run();
    expect(send).not.toHaveBeenCalled();
    expect(calls).toEqual([]);
    expect(run.tally.report).toMatchObject({ counts: { left: 1 }, reasons: [{ reason: { name: 'Lost' } }] });
  });

  test('is noted before it is removed', async () => {
    const { run, calls } = runOf({});
    await run.run();
    expect(calls).toEqual(['sent', 'remove']);
  });

  test('is not removed where that it was sent cannot be noted: the run ends, and says so', async () => {
    const { run, alarms, calls } = runOf({}, undefined, async () => {
      throw new CliError('disk full');
    });
    await expect(run.run()).rejects.toThrow('disk full');
    expect(calls).not.toContain('remove');
    expect(alarms).toEqual([expect.stringContaining('was taken by the processor, but could not be removed from the queue')]);
    expect(run.tally.count('notRemoved')).toBe(1);
  });

  test('that cannot be removed for a reason of its own does not keep others from being sent', async () => {
    const { run } = runOf({
      deadLetters: async function* () {
        yield deadLetter('m-1');
        yield deadLetter('m-2');
      },
      remove: async ({ messageId }) => {
        if (messageId === 'm-1') throw Object.assign(new Error('no'), { name: 'InternalError' });
      },
    });
    await run.run();
    expect(run.tally.report.counts).toMatchObject({ sent: 1, notRemoved: 1 });
  });

  test('that cannot be read for want of credentials ends the run', async () => {
    const { run } = runOf({
      deadLetters: async function* () {
        yield { ...deadLetter(), read: () => Promise.reject(Object.assign(new Error('no'), { name: 'ExpiredToken' })) };
      },
    });
    await expect(run.run()).rejects.toThrow('no');
  });
});

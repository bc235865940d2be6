import { printSummary } from '../../../commands/redrive/print-summary';
import { RedriveResult } from '../../../commands/redrive/redrive-settings';
import { ResultCounts } from '../../../dead-letters/results';
import { fakeContext } from '../../support/fake-context';

interface Given {
  readonly isAll?: boolean;
  readonly toDo?: number;
  readonly toStream?: boolean;
  readonly hasGivenUp?: boolean;
  readonly failures?: number;
}

function summary(
  results: readonly RedriveResult[], { isAll = true, toDo = 20, toStream = false, hasGivenUp = false, failures = 0 }: Given = {},
): string[] {
  const tally = new ResultCounts<RedriveResult>(Object.values(RedriveResult), (result) => result === RedriveResult.SENT);
  results.forEach((result, index) => tally.add({ messageId: `message-${index}`, result }));
  const { context, streams } = fakeContext({ command: 'redrive', clients: {} as never });
  printSummary({ tally, recordsSent: 1_234, failures, hasGivenUp }, { isAll, toDo }, { toStream, stopAfterFailures: 2 }, context.output, ['A note.']);
  return streams.out().split('\n').slice(0, -1);
}

describe('the summary of a redrive', () => {
  const { SENT, PARTLY, FAILED, LEFT, NOT_REMOVED } = RedriveResult;

  test('has a line for each result there is, whether of one or of many', () => {
    expect(summary([FAILED])).toEqual(['1 message failed again: left in place.', '1,234 records processed.', 'A note.']);
    expect(summary([FAILED, LEFT, FAILED, SENT, SENT, PARTLY, NOT_REMOVED])).toEqual([
      '2 messages sent.',
      '1 message sent in part: a smaller dead letter holds what was not taken.',
      '2 messages failed again: left in place.',
      '1 message not sent: left in place.',
      '1 message TAKEN, BUT NOT REMOVED: the next run would send the same once more.',
      '1,234 records processed.',
      'A note.',
    ]);
  });

  test('says of records that they were put into the stream where they were', () => {
    expect(summary([SENT], { toStream: true })).toContain('1,234 records put into the stream.');
  });

  test.each([
    [[FAILED, FAILED, PARTLY, SENT], { isAll: true, toDo: 20, failures: 3 }, 'Stopped after 3 failures (--stop-after-failures 2): 16 messages were not tried.'],
    [[FAILED, NOT_REMOVED, LEFT], { isAll: true, toDo: 3, failures: 2 }, 'Stopped after 2 failures (--stop-after-failures 2): 1 message was not tried.'],
    [[FAILED, FAILED, SENT, FAILED], { isAll: true, toDo: 5, failures: 2 }, 'Stopped after 2 failures (--stop-after-failures 2): 1 message was not tried.'],
    [[FAILED, FAILED, SENT], { isAll: true, toDo: 2, failures: 2 }, 'Stopped after 2 failures (--stop-after-failures 2): 0 messages were not tried.'],
    [[FAILED, FAILED], { isAll: false, toDo: 20, failures: 2 }, 'Stopped after 2 failures (--stop-after-failures 2): the rest was not tried.'],
  ])('says how many failed and how many were not tried, as far as that is known: %j %j', (results, plan, expected) => {
    expect(summary(results, { ...plan, hasGivenUp: true }).at(-2)).toBe(expected);
  });
});

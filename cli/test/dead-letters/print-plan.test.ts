import { FUNCTION_ARN } from '../../../test/support/records';
import type { DeadLetterSource } from '../../dead-letters/dead-letter-source';
import type { Plan, PlanLine } from '../../dead-letters/plan';
import { printPlan } from '../../dead-letters/print-plan';
import { QUEUE } from '../support/operation';
import { selectionOf } from '../support/selection';

const WORDS = { toDo: 'to be sent', cautionOf: () => undefined };

async function said(plan: Partial<Plan>, filters: readonly string[] = [], origin: object = { name: QUEUE, queue: {} }): Promise<string[]> {
  const whole = {
    lookedAt: 1_200, isAll: true, inFlight: 0, behind: 0, chosen: 1_200, toDo: 1_200, recordsToDo: 1_200, toLeave: 0, repeats: 0, isFound: true,
    lines: [], ...plan,
  };
  const lines: string[] = [];
  printPlan(whole as Plan, origin as DeadLetterSource, await selectionOf([], filters), WORDS, (text) => lines.push(text));
  return lines;
}

describe('a plan', () => {
  const line = (to: Record<string, number>): PlanLine => ({ status: 'COMPLETE', deadLetters: 1_200, records: 1_200, to });

  test('calls queues and functions by their names', async () => {
    expect(await said({ lines: [line({ [FUNCTION_ARN]: 1_100, [`${FUNCTION_ARN}:live`]: 100 })] })).toEqual([
      'Looked at 1,200 messages of Orders; none was removed.',
      '  COMPLETE: 1,200 dead letters, 1,200 records, to be sent',
      '      1,100 to orders',
      '      100 to orders:live',
    ]);
  });

  test('says where to see what there is, where nothing matches', async () => {
    expect((await said({ chosen: 0, toDo: 0 }, ['function=Order'])).at(-1)).toBe('Asked for function=Order: 0 messages. "ls" lists what there is to match.');
    expect((await said({ chosen: 0 }, ['function=Order'], { name: 'dead letters.jsonl' })).at(-1)).toContain('"ls --from \'dead letters.jsonl\'" lists');
    expect((await said({ chosen: 2 }, ['function=Order*'])).at(-1)).toBe('Asked for function=Order*: 2 messages.');
    expect(await said({ chosen: 0 })).toHaveLength(1);
  });
});

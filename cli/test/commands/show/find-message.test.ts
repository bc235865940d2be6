import { run, type ShowOptions } from '../../../commands/show/run';
import { deadLetterOf, Operation, QUEUE } from '../../support/operation';
import { showOptions } from '../../support/peek-options';

let operation: Operation;
beforeEach(() => (operation = new Operation()));
afterEach(() => operation.close());

const showIt = (id: string, given: Partial<ShowOptions> = {}, json = false) => operation.run({ run }, showOptions(given), { args: [id], json });

describe('the id', () => {
  test('may be the beginning of either id, of any length from four', async () => {
    const deadLetter = deadLetterOf();
    const messageId = await operation.put(deadLetter);
    for (const id of [deadLetter.hydration.deadLetterId.slice(0, 4), messageId.slice(0, 6), messageId.toUpperCase()]) {
      expect((await showIt(id)).out).toContain(deadLetter.hydration.deadLetterId);
    }
  });

  test('ends the search once it is certain', async () => {
    for (let index = 0; index < 60; index++) await operation.put(deadLetterOf({ from: index, to: index }));
    await showIt(deadLetterOf({ from: 2, to: 2 }).hydration.deadLetterId.slice(0, 8));
    expect(operation.sqs.messages(QUEUE).filter(({ receives }) => receives > 0).length).toBeLessThanOrEqual(20);
  });

  test('fails if it is the beginning of several', async () => {
    for (let index = 0; index < 7; index++) operation.sqs.put(QUEUE, { messageId: `0000-${index}` });
    expect((await showIt('0000')).error).toMatchObject({
      exitCode: 2, message: '0000 is the beginning of several ids: 0000-0, 0000-1, 0000-2, 0000-3, 0000-4, …. Give more of it.',
    });
  });

  test('may name several messages of one failure', async () => {
    const deadLetter = deadLetterOf();
    await operation.put(deadLetter);
    await operation.put(deadLetter);
    expect((await showIt(deadLetter.hydration.deadLetterId.slice(0, 5))).exitCode).toBe(0);
  });

  test('fails if it names none', async () => {
    await operation.put(deadLetterOf());
    expect((await showIt('ffff0000')).error).toMatchObject({
      exitCode: 1, message: `ffff0000 names none of the dead letters in ${QUEUE}: looked at 1 message. "ls" lists them.`,
    });
    operation.dlq = { messages: { visible: 1, inFlight: 2, delayed: 0 } };
    expect((await showIt('ffff0000')).error?.message).toContain('About 2 more are in flight: try again later.');
  });

  test('fails if it is too short, before anything is received', async () => {
    await operation.put(deadLetterOf());
    expect((await showIt('3f2')).error).toMatchObject({ exitCode: 2 });
    expect(operation.sqs.callsOf('ReceiveMessage')).toEqual([]);
  });
});

import { summaryOf } from '../../../lambda/shared/dead-letter/dead-letter-message';
import type { FoundDeadLetter } from '../../dead-letters/dead-letter-reader';
import { MOST_LOOKED_AT, makePlan } from '../../dead-letters/plan';
import { printPlan } from '../../dead-letters/print-plan';
import { Selection } from '../../dead-letters/selection';
import { NOT_COUNTED } from '../../queue/remaining-messages';
import { deadLetterOf } from '../support/operation';

async function* deadLetters(count: number, idOf = (place: number) => `d-${place}`): AsyncGenerator<FoundDeadLetter> {
  for (let place = 0; place < count; place++) {
    const summary = { ...summaryOf({ Body: JSON.stringify(deadLetterOf()) }), deadLetterId: idOf(place) };
    yield { messageId: `m-${place}`, sentAt: new Date(), summary, read: () => Promise.reject(new Error('not for a plan')) };
  }
}

const exhausted = async () => ({ end: 'exhausted', inFlight: 0, behind: 0 }) as const;
const everything = Selection.everything();
const printed = (plan: Parameters<typeof printPlan>[0], approximate?: number) => {
  const lines: string[] = [];
  printPlan(plan, { name: 'the queue', approximate }, everything, { toDo: 'to be sent' }, (line) => lines.push(line));
  return lines;
};

test('a plan looks at so many messages and no more, and says that there are others', async () => {
  const plan = await makePlan(deadLetters(MOST_LOOKED_AT + 5), everything, { decide: () => ({}) }, exhausted);
  expect(plan).toMatchObject({ lookedAt: MOST_LOOKED_AT, toDo: MOST_LOOKED_AT, isAll: false });
  expect(printed(plan, 20_000)).toEqual([
    'Looked at 1,000 messages of the queue, the first of about 20,000; none was removed.',
    '  COMPLETE: 1,000 dead letters, 3,000 records, to be sent',
  ]);
});

test('a plan counts messages of one failure, and chooses each', async () => {
  const plan = await makePlan(deadLetters(6, (place) => `d-${place % 4}`), everything, { decide: () => ({}) }, exhausted);
  expect(plan).toMatchObject({ chosen: 6, toDo: 6, repeats: 2 });
  expect(printed(plan)).toEqual([
    'Looked at 6 messages of the queue; none was removed.',
    '  COMPLETE: 6 dead letters, 18 records, to be sent',
    '  2 of these 6 messages are the same failure as another one: each is handled separately.',
  ]);
  const [ofAll, ofOne] = [2, 1].map((limit) => makePlan(deadLetters(6, () => 'd-0'), everything, { limit, decide: () => ({}) }, exhausted));
  expect([(await ofAll).repeats, (await ofOne).repeats]).toEqual([1, 0]);
});

test('a plan for the first of a file says no number that is not known', async () => {
  const plan = await makePlan(deadLetters(6), everything, { limit: 1, decide: () => ({}) }, async () => NOT_COUNTED);
  expect(printed(plan)[0]).toBe('Looked at the first 2 messages of the queue; none was removed.');
});

test('a plan ends at the limit of what is to be done', async () => {
  const plan = await makePlan(deadLetters(9), everything, { limit: 4, decide: () => ({}) }, exhausted);
  expect(plan).toMatchObject({ toDo: 4, chosen: 4 });
});

test('a plan is not all where the source is not at its end', async () => {
  expect(await makePlan(deadLetters(2), everything, { decide: () => ({}) }, async () => NOT_COUNTED)).toMatchObject({ isAll: false, lookedAt: 2 });
});

test('a plan names the most frequent destinations, and counts the others', async () => {
  let place = 0;
  const plan = await makePlan(deadLetters(9), everything, { decide: () => ({ to: `f-${Math.max(0, place++ - 2)}` }) }, exhausted);
  expect(printed(plan)).toEqual([
    'Looked at 9 messages of the queue; none was removed.',
    '  COMPLETE: 9 dead letters, 27 records, to be sent',
    '      3 to f-0',
    ...[1, 2, 3, 4].map((number) => `      1 to f-${number}`),
    '      and to 2 others',
  ]);
});

test.each(['constructor', '__proto__'])('a plan counts letters of any destination: %s', async (to) => {
  const plan = await makePlan(deadLetters(2), everything, { decide: () => ({ to }) }, exhausted);
  expect(Object.entries(plan.lines[0].to)).toEqual([[to, 2]]);
  expect(printed(plan).at(-1)).toBe(`      2 to ${to}`);
});

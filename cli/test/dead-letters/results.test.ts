import { printResults, ResultCounts } from '../../dead-letters/results';
import { TerminalOutput } from '../../output/terminal-output';
import { memoryStreams } from '../support/memory-streams';

type Result = 'sent' | 'failed';
const WORDS = { sent: { words: 'sent', look: 'good' }, failed: { words: 'failed', look: 'bad' } } as const;

const tallyOf = (sent: number, failed: number, reasonOf = (place: number) => ({ name: 'Error', message: `number ${place}` })) => {
  const tally = new ResultCounts<Result>(['sent', 'failed'], (result) => result === 'sent');
  for (let place = 0; place < sent; place++) tally.add({ messageId: `s-${place}`, result: 'sent' });
  for (let place = 0; place < failed; place++) tally.add({ messageId: `f-${place}`, result: 'failed', reason: reasonOf(place) });
  return tally;
};

function printed(tally: ResultCounts<Result>): string[] {
  const streams = memoryStreams();
  const output = new TerminalOutput(streams, { command: 'test', json: false, color: false, env: {}, stopped: new AbortController().signal });
  printResults(tally, WORDS, output);
  return streams.out().trimEnd().split('\n');
}

test('a tally counts all, keeps a bounded number of single results, and says how many it left out', () => {
  const { report } = tallyOf(1_500, 10_007);
  expect(report.counts).toEqual({ sent: 1_500, failed: 10_007 });
  expect(report.results.filter(({ result }) => result === 'sent')).toHaveLength(1_000);
  expect(report.results.filter(({ result }) => result === 'failed')).toHaveLength(10_000);
  expect(report.omitted).toBe(507);
});

test('a tally tells a bounded number of reasons apart, and loses none of the count', () => {
  const { reasons } = tallyOf(0, 500);
  expect(reasons.length).toBe(101);
  expect(reasons.reduce((sum, { count }) => sum + count, 0)).toBe(500);
  expect(reasons[0]).toEqual({ result: 'failed', reason: { name: 'Error', message: 'various' }, count: 400, example: 'f-100' });
});

test('reasons are printed with their number and one that they happened to, the most frequent first', () => {
  expect(printed(tallyOf(1, 5, (place) => ({ name: 'Error', message: place < 3 ? 'often' : 'at times' })))).toEqual([
    '1 message sent.',
    '5 messages failed.',
    '  3 × Error: often (as f-0)',
    '  2 × Error: at times (as f-3)',
  ]);
});

test('a bounded number of reasons is printed', () => {
  const lines = printed(tallyOf(0, 30));
  expect(lines).toHaveLength(22);
  expect(lines.at(-1)).toBe('  and 10 other reasons');
});

test('what a terminal would act on is made visible', () => {
  expect(printed(tallyOf(0, 1, () => ({ name: 'Error', message: '\u001b[2Jgone\nand more' }))).join('\n')).not.toContain('\u001b');
});

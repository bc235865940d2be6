import { dynamoWorkload } from '../../bench/soak/dynamo-workload';
import { kinesisWorkload } from '../../bench/soak/kinesis-workload';
import { answerLost, serverError } from './fault';
import { type PlannedRequest, randomFaults, listedFaults } from './fault-plan';
import { SeededRandom } from './seeded-random';

const asks: readonly PlannedRequest[] = ['GetShardIterator', 'GetRecords', 'SendMessage', 'PutObject'].flatMap((action) =>
  Array.from({ length: 500 }, (_, index) => ({ action, subject: `subject ${index % 250}`, nth: index + 1, nthOfSubject: index < 250 ? 1 : 2 })),
);

describe.each([['Kinesis', kinesisWorkload], ['DynamoDB', dynamoWorkload]])('a plan by chance for %s', (_, { faultRates }) => {
  const drawn = (seed: number, order: readonly PlannedRequest[]) => {
    const plan = randomFaults(new SeededRandom(seed), faultRates);
    return new Map(order.map((ask) => [ask, plan(ask)?.name] as const));
  };

  test('the same seed gives the same faults, in whatever order the requests come', () => {
    const there = drawn(1, asks);
    const back = drawn(1, [...asks].reverse());
    expect(asks.map((ask) => back.get(ask))).toEqual(asks.map((ask) => there.get(ask)));
  });

  test('another seed gives other faults', () => {
    expect([...drawn(2, asks).values()]).not.toEqual([...drawn(1, asks).values()]);
  });

  test('every fault that has a rate occurs', () => {
    const names = new Set([1, 2, 3, 4, 5].flatMap((seed) => [...drawn(seed, asks).values()]));
    const { requests, outages } = faultRates;
    const all = [...Object.values(requests), ...Object.values(outages)].flat().map((entry) => entry.at(-1) as { name: string });
    expect([...names]).toEqual(expect.arrayContaining(all.map(({ name }) => name)));
  });
});

test('a refusal that lasts is there from the first request about a subject on, and ends', () => {
  const plan = randomFaults(new SeededRandom(1), { requests: {}, outages: { SendMessage: [[1, 3, serverError]] } });
  const lasts = (subject: string) => {
    const faults = [1, 2, 3, 4].map((nthOfSubject) => plan({ action: 'SendMessage', subject, nth: 1, nthOfSubject }) !== undefined);
    expect(faults).toEqual([...faults].sort((a, b) => Number(b) - Number(a)));
    return faults.filter(Boolean).length;
  };
  expect(new Set(Array.from({ length: 50 }, (_, index) => lasts(`subject ${index}`)))).toEqual(new Set([1, 2, 3]));
});

test('a list names calls of an action, or all of them', () => {
  const plan = listedFaults({ action: 'GetRecords', nth: 2, fault: answerLost }, { action: 'PutObject', fault: serverError });
  const at = (action: string, nth: number) => plan({ action, subject: '', nth, nthOfSubject: 1 });
  expect([at('GetRecords', 1), at('GetRecords', 2), at('GetRecords', 3)]).toEqual([undefined, answerLost, undefined]);
  expect([at('PutObject', 1), at('PutObject', 9), at('SendMessage', 1)]).toEqual([serverError, serverError, undefined]);
});

import timers from 'node:timers/promises';
import { CallPacer } from '../../reason/call-pacer';

const never = new AbortController().signal;

let now: number;
let wait: jest.SpyInstance;
/** How much longer than asked for each wait takes. */
let lag: number;
beforeEach(() => {
  [now, lag] = [1_000_000, 0];
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  wait = jest.spyOn(timers, 'setTimeout').mockImplementation(async (millis = 0, value, options) => {
    options?.signal?.throwIfAborted();
    now += millis + lag;
    return value;
  });
});
afterEach(() => jest.restoreAllMocks());

async function turns(pacer: CallPacer, count: number): Promise<number[]> {
  const begin = now;
  return Promise.all(Array.from({ length: count }, async () => {
    await pacer.turn(never);
    return now - begin;
  }));
}

test('turns are a quarter of a second apart, the first at once', async () => {
  const pacer = new CallPacer();
  expect(await turns(pacer, 4)).toEqual([0, 250, 500, 750]);
});

test('time that was not used is not made up for', async () => {
  const pacer = new CallPacer();
  await pacer.turn(never);
  now += 10_000;
  expect(await turns(pacer, 3)).toEqual([0, 250, 500]);
});

test('turns stay apart where this machine is late', async () => {
  const pacer = new CallPacer();
  lag = 2_000;
  const at = await turns(pacer, 4);
  expect(at.slice(1).map((time, place) => time - at[place])).toEqual([2_250, 2_250, 2_250]);
});

test('turns are further apart after throttling, also those that wait already, and closer again with success', async () => {
  const pacer = new CallPacer();
  await pacer.turn(never);
  for (let time = 0; time < 10; time++) pacer.slowDown();
  expect(await turns(pacer, 3)).toEqual([4_000, 8_000, 12_000]);
  for (let time = 0; time < 100; time++) pacer.speedUp();
  const [first, second] = await turns(pacer, 2);
  expect(second - first).toBe(250);
});

test('a turn that is not waited for any more does not hold up others', async () => {
  const pacer = new CallPacer();
  await pacer.turn(never);
  const stop = new AbortController();
  const stopped = pacer.turn(stop.signal);
  stop.abort(new Error('enough'));
  await expect(stopped).rejects.toThrow('enough');
  expect(await turns(pacer, 1)).toEqual([250]);
  expect(wait).toHaveBeenCalledTimes(1);
});

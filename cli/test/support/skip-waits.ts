import timers from 'node:timers/promises';

/** Pauses of the tool end at once in all tests of the file. Gives how long each was to take in the current test, in milliseconds. */
export function skipWaits(): readonly number[] {
  const waits: number[] = [];
  const wait = timers.setTimeout;
  let spy: jest.SpyInstance;
  beforeEach(() => {
    waits.length = 0;
    spy = jest.spyOn(timers, 'setTimeout').mockImplementation(async (millis, value, options) => {
      waits.push(millis ?? 0);
      return wait(0, value, options);
    });
  });
  afterEach(() => spy.mockRestore());
  return waits;
}

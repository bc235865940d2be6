/** Each call gives the seconds since the one before. */
export function stopwatch(): () => number {
  let before = performance.now();
  return () => {
    const now = performance.now();
    const seconds = Math.round((now - before) / 100) / 10;
    before = now;
    return seconds;
  };
}

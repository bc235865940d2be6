/** Lets several waiters wait for the next change of something. */
export class Notifier {
  private waiters: (() => void)[] = [];

  /** Resolves at the next `notify`, or when the signal is aborted. */
  async next(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.waiters.push(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  notify(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}

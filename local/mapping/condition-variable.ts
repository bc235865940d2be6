/** Lets several callers wait for the next change. */
export class ConditionVariable {
  private waiters: (() => void)[] = [];

  /** Resolves at the next `notifyAll`, or when the signal is aborted. */
  async wait(signal?: AbortSignal): Promise<void> {
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

  notifyAll(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}

import type { ChildProcess } from 'node:child_process';

const STDERR_TAIL = 4_000;

/** The environment variables that every program needs. None belongs to the user's AWS configuration. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'TZ', 'LANG'];

export interface ManagedProcessOptions {
  /** Named in messages. */
  readonly name: string;
  /**
   * Keeps this process alive while the child runs.
   * @default false: a program that is done can end, and its children with it
   */
  readonly keepsParentAlive?: boolean;
}

/** A child process that this process waits for, stops, and watches for failures. */
export abstract class ManagedProcess {
  readonly name: string;
  /** Resolves with a description of how the child ended. */
  readonly exited: Promise<string>;

  private stderr = '';
  private ended?: string;
  private stopping = false;
  private readonly keepsParentAlive: boolean;

  protected constructor(readonly process: ChildProcess, options: ManagedProcessOptions) {
    this.name = options.name;
    this.keepsParentAlive = options.keepsParentAlive ?? false;
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_TAIL);
    });
    this.exited = new Promise((resolve) => {
      const end = (how: string) => {
        this.ended ??= how;
        resolve(this.ended);
      };
      this.process.once('error', (error) => end(`failed: ${error.message}`));
      // 'close', not 'exit': the last of stderr has been read by then.
      this.process.once('close', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
    });
    if (!this.keepsParentAlive) this.setReferenced(false);
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get running(): boolean {
    return this.ended === undefined;
  }

  /** Warns when the child ends before `stop` was called. */
  warnOnExit(): this {
    void this.exited.then(() => {
      if (!this.stopping) process.emitWarning(this.describeEnd('unexpectedly'));
    });
    return this;
  }

  /** Requests the child to stop, kills it after the grace period, and waits until it has ended. */
  async stop(graceMs = 2_000): Promise<void> {
    this.stopping = true;
    if (!this.running) return;
    this.setReferenced(true);
    this.requestStop();
    const timer = setTimeout(() => this.process.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  protected abstract requestStop(): void;

  /** Waits for a report of the child. Calls `find` again each time `next` resolves. */
  protected async waitForReport<T>(
    find: () => T | undefined,
    next: (signal: AbortSignal) => Promise<unknown>,
    timeoutMs = 60_000,
  ): Promise<T> {
    this.setReferenced(true);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    try {
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        const event = await Promise.race([
          next(timeout.signal).then(
            () => 'report',
            () => 'timeout',
          ),
          this.exited.then(() => 'exit'),
        ]);
        if (event === 'exit') throw new Error(this.describeEnd('before it listened'));
        if (event === 'timeout') {
          await this.stop();
          throw new Error(this.describeEnd(`after not listening for ${timeoutMs} ms`));
        }
      }
    } finally {
      clearTimeout(timer);
      timeout.abort();
      if (!this.keepsParentAlive) this.setReferenced(false);
    }
  }

  private describeEnd(when: string): string {
    const said = this.stderr.trim();
    return `${this.name} ended ${when} (${this.ended ?? 'still running'})${said ? `, stderr: ${said}` : ''}`;
  }

  private setReferenced(referenced: boolean): void {
    const method = referenced ? 'ref' : 'unref';
    this.process[method]();
    this.process.channel?.[method]();
    for (const stream of this.process.stdio) (stream as unknown as { ref(): void; unref(): void } | null)?.[method]();
  }
}

/** The environment of a child: the variables that every program needs, and the given ones. It inherits nothing else. */
export function childEnvironment(own: Readonly<Record<string, string>> = {}): Record<string, string> {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(passedOn), ...own };
}

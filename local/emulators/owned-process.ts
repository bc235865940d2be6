import type { ChildProcess } from 'node:child_process';

const STDERR_TAIL = 4_000;

/** What a program needs from its surroundings on any system; nothing of the user's AWS configuration among it. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'TZ', 'LANG'];

export interface OwnedProcessOptions {
  /** Named in messages. */
  readonly name: string;
  /**
   * Keeps this process alive while the child runs.
   * @default false: a program that is done can end, and its children with it
   */
  readonly keepsParentAlive?: boolean;
}

/** A child process that belongs to this one: it is waited for, stopped, and heard when it fails. */
export abstract class OwnedProcess {
  readonly name: string;
  /** Resolves with a description of how the child ended. */
  readonly exited: Promise<string>;

  private stderr = '';
  private ended?: string;
  private stopping = false;
  private readonly keepsParentAlive: boolean;

  protected constructor(readonly process: ChildProcess, options: OwnedProcessOptions) {
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
  warnWhenGone(): this {
    void this.exited.then(() => {
      if (!this.stopping) process.emitWarning(this.describeEnd('unexpectedly'));
    });
    return this;
  }

  /** Ends the child and waits until it is gone: asks first, then kills. */
  async stop(graceMs = 2_000): Promise<void> {
    this.stopping = true;
    if (!this.running) return;
    this.setReferenced(true);
    this.askToEnd();
    const timer = setTimeout(() => this.process.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  protected abstract askToEnd(): void;

  /** Waits for what the child is to report: `find` is asked anew whenever `next` resolves. */
  protected async reported<T>(
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
    return `${this.name} ended ${when} (${this.ended ?? 'still running'})${said ? `, it said: ${said}` : ''}`;
  }

  private setReferenced(referenced: boolean): void {
    const method = referenced ? 'ref' : 'unref';
    this.process[method]();
    this.process.channel?.[method]();
    for (const stream of this.process.stdio) (stream as unknown as { ref(): void; unref(): void } | null)?.[method]();
  }
}

/** The environment of a child: the few variables that any program needs, and its own. This process's own is not inherited. */
export function childEnvironment(own: Readonly<Record<string, string>> = {}): Record<string, string> {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(passedOn), ...own };
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { nodeBinary } from './node-binary';

const PRELOAD = join(__dirname, 'process', 'preload.js');
const STDERR_TAIL = 4_000;

/** What a program needs from its surroundings on any system; nothing of the user's AWS configuration among it. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'TZ', 'LANG'];

export interface ChildOptions {
  /** Named in messages. */
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  /** The child's environment, beside the few variables any program needs. The parent's own is not inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly execArgv?: readonly string[];
  /**
   * Takes the ports that the program listens on as mere labels: it gets free ones instead, so that none can be taken
   * already.
   * @default false
   */
  readonly portLabels?: boolean;
  /** Where the child's standard output goes. @default 'ignore' */
  readonly stdout?: 'ignore' | 'pipe';
  /**
   * Keeps this process alive while the child runs.
   * @default false: a program that is done can end, and its children with it
   */
  readonly keepsParentAlive?: boolean;
}

interface Listening {
  /** The port that the program asked for. */
  readonly label: number;
  readonly port: number;
}

/** Starts a Node program as a child that listens on loopback only and ends with this process, however that ends. */
export function spawnChild(options: ChildOptions): Child {
  return new Child(options);
}

export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  /** Resolves with a description of how the child ended. */
  readonly exited: Promise<string>;

  private readonly ports: Listening[] = [];
  private stderr = '';
  private ended?: string;
  private stopping = false;
  private readonly keepsParentAlive: boolean;

  constructor(options: ChildOptions) {
    this.name = options.name;
    this.keepsParentAlive = options.keepsParentAlive ?? false;
    this.process = fork(options.script, options.args ?? [], {
      execPath: nodeBinary(),
      execArgv: ['--require', PRELOAD, ...(options.execArgv ?? [])],
      cwd: options.cwd,
      env: { ...inheritedEnvironment(), ...options.env, ...(options.portLabels && { LOCAL_PORT_LABELS: 'true' }) },
      stdio: ['ignore', options.stdout ?? 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_TAIL);
    });
    this.process.on('message', (message: Partial<Listening> & { type?: string }) => {
      if (message?.type === 'local:listening') this.ports.push({ label: message.label!, port: message.port! });
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

  /**
   * The port that the child listens on, once it does: the first one, or the one it was told to be `label`.
   * The child reports it through its own channel, so that nobody else's server can be taken for it.
   */
  async listening(options: { readonly label?: number; readonly timeoutMs?: number } = {}): Promise<number> {
    const { label, timeoutMs = 60_000 } = options;
    this.setReferenced(true);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    try {
      for (;;) {
        const found = this.ports.find((entry) => label === undefined || entry.label === label);
        if (found) return found.port;
        const event = await Promise.race([
          once(this.process, 'message', { signal: timeout.signal }).then(
            () => 'message',
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
    // Not by disconnecting: Node 20 then never emits 'close'.
    if (this.process.connected) this.process.send({ type: 'local:stop' }, () => {});
    const timer = setTimeout(() => this.process.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  private describeEnd(when: string): string {
    const said = this.stderr.trim();
    return `${this.name} ended ${when} (${this.ended ?? 'still running'})${said ? `, it said: ${said}` : ''}`;
  }

  private setReferenced(referenced: boolean): void {
    const method = referenced ? 'ref' : 'unref';
    this.process[method]();
    this.process.channel?.[method]();
    for (const stream of [this.process.stderr, this.process.stdout]) {
      (stream as unknown as { ref(): void; unref(): void } | null)?.[method]();
    }
  }
}

function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

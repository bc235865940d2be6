import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { nodeBinary, RUNTIME_DIRECTORY } from './node-binary';
import { childEnvironment, OwnedProcess, type OwnedProcessOptions } from './owned-process';

const PRELOAD = join(__dirname, 'process', 'preload.js');
/** What Node has compiled of the emulators: with it they are up in half the time. Node makes the folder, or does without. */
const COMPILED = join(RUNTIME_DIRECTORY, 'node_modules', '.cache', 'compiled');

export interface ChildOptions extends OwnedProcessOptions {
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

export class Child extends OwnedProcess {
  private readonly ports: Listening[] = [];

  constructor(options: ChildOptions) {
    super(
      fork(options.script, options.args ?? [], {
        execPath: nodeBinary(),
        execArgv: ['--require', PRELOAD, ...(options.execArgv ?? [])],
        cwd: options.cwd,
        env: childEnvironment({ NODE_COMPILE_CACHE: COMPILED, ...options.env, ...(options.portLabels && { LOCAL_PORT_LABELS: 'true' }) }),
        stdio: ['ignore', options.stdout ?? 'ignore', 'pipe', 'ipc'],
        serialization: 'json',
      }),
      options,
    );
    this.process.on('message', (message: Partial<Listening> & { type?: string }) => {
      if (message?.type === 'local:listening') this.ports.push({ label: message.label!, port: message.port! });
    });
  }

  /**
   * The port that the child listens on, once it does: the first one, or the one it was told to be `label`.
   * The child reports it through its own channel, so that nobody else's server can be taken for it.
   */
  async listening(options: { readonly label?: number; readonly timeoutMs?: number } = {}): Promise<number> {
    const { label, timeoutMs } = options;
    const { port } = await this.reported(
      () => this.ports.find((entry) => label === undefined || entry.label === label),
      async (signal) => once(this.process, 'message', { signal }),
      timeoutMs,
    );
    return port;
  }

  protected askToEnd(): void {
    // Not by disconnecting: Node 20 then never emits 'close'.
    if (this.process.connected) this.process.send({ type: 'local:stop' }, () => {});
  }
}

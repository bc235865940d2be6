import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { childEnvironment, ManagedProcess, type ManagedProcessOptions } from './managed-process';
import { nodeBinary, RUNTIME_DIRECTORY } from './node-binary';

const PRELOAD = join(__dirname, 'process', 'preload.js');
/** Node's compile cache for the emulators, which halves their start time. Node creates the folder. */
const COMPILED = join(RUNTIME_DIRECTORY, 'node_modules', '.cache', 'compiled');

export interface NodeProcessOptions extends ManagedProcessOptions {
  readonly script: string;
  readonly args?: readonly string[];
  /** The child's environment, in addition to the variables that every program needs. It inherits nothing else from the parent. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly execArgv?: readonly string[];
  /**
   * Treats the ports that the program listens on as labels, and gives it free ports instead.
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

/** Starts a Node.js program as a child process that listens only on loopback and ends when this process ends. */
export function startNodeProcess(options: NodeProcessOptions): NodeProcess {
  return new NodeProcess(options);
}

export class NodeProcess extends ManagedProcess {
  private readonly ports: Listening[] = [];

  constructor(options: NodeProcessOptions) {
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
   * Waits until the child listens, and returns the first port or the port with this label. The child reports the port through its IPC
   * channel, so that it cannot be confused with another server.
   */
  async listening(options: { readonly label?: number; readonly timeoutMs?: number } = {}): Promise<number> {
    const { label, timeoutMs } = options;
    const { port } = await this.waitForReport(
      () => this.ports.find((entry) => label === undefined || entry.label === label),
      async (signal) => once(this.process, 'message', { signal }),
      timeoutMs,
    );
    return port;
  }

  protected requestStop(): void {
    // Not by disconnecting: Node 20 then never emits 'close'.
    if (this.process.connected) this.process.send({ type: 'local:stop' }, () => {});
  }
}

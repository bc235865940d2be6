import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { GatewayEndpoints, ServiceEndpoints } from '../endpoints';
import { functionEnvironment } from './environment';
import { FunctionSpec, logGroupNameOf, versionOf } from './function-spec';
import { LogWriter, LogWriterDeps } from './log-writer';
import { MemoryWatch } from './memory-watch';
import { type InvocationEnd, PlatformLog } from './platform-log';
import { startRuntime } from './runtime-process';
import { traceIdOf } from './trace-id';

export interface InstanceDeps extends LogWriterDeps {
  /** Without the endpoint for all services, a function reaches only the five that have their own. */
  readonly endpoints: ServiceEndpoints | GatewayEndpoints;
}

/** How an invocation ended. `usable` is false when the instance is gone and another must take its place. */
export interface InstanceAnswer {
  readonly payload: string;
  readonly status: InvocationEnd['status'];
  readonly errorType?: string;
  readonly usable: boolean;
}

type Message =
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly payload: string }
  /** Fatal: the child ends itself after this report. */
  | { readonly type: 'error'; readonly payload: string; readonly fatal: boolean };

/** Lambda gives the init phase 10 seconds of its own; what is longer counts as the invocation's time. */
const INIT_MILLIS = 10_000;

/** One execution environment: a child process that handles one event at a time. */
export class Instance {
  private readonly child: ChildProcess;
  private readonly logs: LogWriter;
  private readonly platformLog: PlatformLog;
  private readonly memory: MemoryWatch;
  private readonly ended: Promise<unknown>;
  private readonly initialised: Promise<void>;
  private ready!: () => void;
  private answer?: (answer: InstanceAnswer) => void;
  private requestId = '';
  /** A death between two invocations; the next one must not be handed to this instance. */
  private exited = false;

  constructor(private readonly spec: FunctionSpec, streamName: string, deps: InstanceDeps) {
    this.logs = new LogWriter(spec, streamName, deps);
    this.platformLog = new PlatformLog(spec);
    this.child = startRuntime(spec, functionEnvironment(spec, streamName, deps.account, deps.endpoints));
    this.memory = new MemoryWatch(this.child, spec.memorySize);
    this.initialised = new Promise((resolve) => (this.ready = resolve));
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      onLines(stream, (line) => this.logs.write(line));
    }
    this.child.on('message', (message: Message) => this.onMessage(message));
    this.child.once('error', (error) => this.onEnd(`Error: Runtime failed to start: ${error.message}`));
    // 'close' and not 'exit': by then the last lines have been read.
    this.child.once('close', (code, signal) => this.onEnd(exitReason(code, signal)));
  }

  get usable(): boolean {
    return !this.exited;
  }

  async invoke(requestId: string, payload: string): Promise<InstanceAnswer> {
    if (this.exited) throw new Error(`function ${this.spec.functionName}: an instance that has ended was handed an event`);
    this.requestId = requestId;
    const answered = new Promise<InstanceAnswer>((resolve) => (this.answer = resolve));
    const startedAt = performance.now();
    this.writeAll(this.platformLog.start(requestId));
    this.memory.start();
    let timer: NodeJS.Timeout | undefined;
    try {
      const initTimer = setTimeout(() => this.ready(), INIT_MILLIS);
      await Promise.race([this.initialised, answered]);
      clearTimeout(initTimer);
      const timeout = this.spec.timeoutSeconds * 1000;
      timer = setTimeout(() => this.timeOut(), timeout);
      if (!this.exited && this.answer) {
        const message = { id: requestId, traceId: traceIdOf(requestId), payload, deadline: Date.now() + timeout, context: this.context() };
        this.child.send(message, () => undefined);
      }
      const answer = await answered;
      if (!answer.usable) await this.kill();
      await this.settleLogs();
      const { status, errorType } = answer;
      this.writeAll(this.platformLog.end(requestId, { millis: performance.now() - startedAt, status, errorType }));
      await this.logs.flush();
      return answer;
    } finally {
      clearTimeout(timer);
      this.memory.stop();
    }
  }

  /** Whether it handles this event now. */
  handles(requestId: string): boolean {
    return this.answer !== undefined && this.requestId === requestId;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Memory use and the like, for whoever measures: the process is this instance's own. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  async kill(): Promise<void> {
    this.exited = true;
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    if (this.child.pid !== undefined) await this.ended;
    await this.logs.flush();
  }

  private context() {
    const { functionName, functionArn, memorySize } = this.spec;
    return {
      functionName,
      functionVersion: versionOf(this.spec),
      invokedFunctionArn: functionArn,
      memoryLimitInMB: String(memorySize),
      logGroupName: logGroupNameOf(this.spec),
      logStreamName: this.logs.streamName,
    };
  }

  private onMessage(message: Message): void {
    if (message.type === 'ready') {
      this.ready();
    } else if (message.type === 'result') {
      this.finish({ payload: message.payload, status: 'success', usable: true });
    } else {
      const { errorType } = JSON.parse(message.payload) as { readonly errorType?: string };
      this.finish({ payload: message.payload, status: 'error', errorType, usable: !message.fatal });
    }
  }

  private onEnd(reason: string): void {
    this.exited = true;
    const errorMessage = `RequestId: ${this.requestId} ${reason}`;
    const errorType = 'Runtime.ExitError';
    if (this.answer) this.writeAll(this.platformLog.failed(`${errorMessage}\n${errorType}`));
    this.finish({ payload: JSON.stringify({ errorType, errorMessage }), status: 'error', errorType, usable: false });
  }

  private timeOut(): void {
    const seconds = this.spec.timeoutSeconds.toFixed(2);
    const errorMessage = `${new Date().toISOString()} ${this.requestId} Task timed out after ${seconds} seconds`;
    this.writeAll(this.platformLog.failed(errorMessage));
    this.finish({ payload: JSON.stringify({ errorMessage }), status: 'timeout', usable: false });
  }

  private writeAll(lines: readonly string[]): void {
    for (const line of lines) this.logs.write(line);
  }

  private finish(answer: InstanceAnswer): void {
    const resolve = this.answer;
    this.answer = undefined;
    resolve?.(answer);
  }

  /**
   * The answer may overtake lines that were written before it: they are in the pipe by then, as writes to it block, and
   * need a turn of the loop to be read.
   */
  private async settleLogs(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    await this.logs.flush();
  }
}

/** Not by `readline`, to which a carriage return ends a line: it is a line break within a message here. */
function onLines(stream: Readable, write: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8')
    .on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) write(line);
    })
    .on('end', () => {
      if (rest) write(rest);
    });
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGABRT' || code === 134) return 'Error: Runtime exited with error: signal: aborted';
  if (signal === 'SIGKILL') return 'Error: Runtime exited with error: signal: killed';
  if (signal) return `Error: Runtime exited with error: signal: ${signal.slice(3).toLowerCase()}`;
  if (code === 0) return 'Error: Runtime exited without providing a reason';
  return `Error: Runtime exited with error: exit status ${code}`;
}

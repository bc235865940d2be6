import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { functionMetric } from '../cloudwatch/service-metrics';
import { FunctionThrottledError, PayloadTooLargeError } from './errors';
import { FunctionSpec, InvokeResult, versionOf } from './function-spec';
import { Instance, InstanceAnswer, InstanceDeps } from './instance';
import { isSupportedRuntime, SUPPORTED_RUNTIMES } from './runtime-process';

export { FunctionThrottledError, PayloadTooLargeError } from './errors';
export type { FunctionSpec, InvokeResult } from './function-spec';

export type LambdaFunctionDeps = InstanceDeps;

/** Lambda's limit for the event and for the answer of a synchronous invocation. */
export const SYNC_PAYLOAD_BYTES = 6_291_456;

/**
 * A function, run unmodified from its asset directory. As on Lambda, an instance handles one event at a time and stays
 * for the next; further events get further instances. Unlike on Lambda, an instance is not frozen between two events.
 */
export class LambdaFunction {
  private readonly idle: Instance[] = [];
  private readonly instances = new Set<Instance>();
  private busy = 0;
  private closed = false;
  private current: FunctionSpec;
  /** Busy instances with replaced code or configuration. */
  private readonly outdated = new Set<Instance>();

  constructor(spec: FunctionSpec, private readonly deps: LambdaFunctionDeps) {
    this.current = checked(spec);
  }

  get spec(): FunctionSpec {
    return this.current;
  }

  get functionArn(): string {
    return this.spec.functionArn;
  }

  get roleArn(): string {
    return this.spec.roleArn;
  }

  /** How many child processes it has now, busy or waiting. */
  get instanceCount(): number {
    return this.instances.size;
  }

  /**
   * Invokes the function as Lambda's synchronous Invoke does. An answer over 6 MB is a function error, as it is there.
   *
   * @param requestId a mapping calls again with the id of the call before
   * @throws FunctionThrottledError when its reserved concurrency is used up
   * @throws PayloadTooLargeError when the event is over 6 MB
   */
  async invoke(event: unknown, requestId: string = randomUUID()): Promise<InvokeResult> {
    const { functionName, reservedConcurrency } = this.spec;
    if (this.closed) throw new Error(`function ${functionName} is closed: it cannot be invoked any more`);
    const payload = JSON.stringify(event) ?? 'null';
    const bytes = Buffer.byteLength(payload);
    if (bytes > SYNC_PAYLOAD_BYTES) throw new PayloadTooLargeError(functionName, bytes, SYNC_PAYLOAD_BYTES);
    if (reservedConcurrency !== undefined && this.busy >= reservedConcurrency) {
      this.record('Throttles', 1);
      throw new FunctionThrottledError(functionName, reservedConcurrency);
    }

    this.busy++;
    const invokedAt = this.deps.account.metrics.now();
    const instance = this.takeInstance();
    try {
      const result = this.resultOf(await instance.invoke(requestId, payload));
      this.record('Invocations', 1, invokedAt);
      this.record('Errors', result.functionError ? 1 : 0, invokedAt);
      return result;
    } finally {
      this.busy--;
      if (this.outdated.delete(instance)) await instance.kill();
      if (instance.usable) this.idle.push(instance);
      else this.instances.delete(instance);
    }
  }

  /** Uses other code or another configuration from now on. An invocation in progress ends with those that it began with. */
  async update(spec: FunctionSpec): Promise<void> {
    this.current = checked(spec);
    const idle = this.idle.splice(0);
    for (const instance of idle) this.instances.delete(instance);
    for (const instance of this.instances) this.outdated.add(instance);
    await Promise.all(idle.map(async (instance) => instance.kill()));
  }

  /**
   * Sends a signal to the child process that handles an event now: SIGKILL is a crash, SIGSTOP leads to a timeout.
   *
   * @returns false when the event is not, or no longer, under way
   */
  signal(requestId: string, name: NodeJS.Signals): boolean {
    const instance = [...this.instances].find((it) => it.handles(requestId));
    instance?.signal(name);
    return instance !== undefined;
  }

  /** The ids of its child processes, busy or waiting. */
  get processIds(): readonly number[] {
    return [...this.instances].flatMap(({ pid }) => pid ?? []);
  }

  /** Ends every child process, events under way included. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.instances].map((instance) => instance.kill()));
    this.instances.clear();
    this.idle.length = 0;
  }

  private takeInstance(): Instance {
    for (let instance = this.idle.pop(); instance; instance = this.idle.pop()) {
      if (instance.usable) return instance;
      this.instances.delete(instance);
    }
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const streamName = `${day}/[${versionOf(this.spec)}]${randomUUID().replaceAll('-', '')}`;
    const instance = new Instance(this.spec, streamName, this.deps);
    this.instances.add(instance);
    return instance;
  }

  private resultOf({ status, payload }: Pick<InstanceAnswer, 'status' | 'payload'>): InvokeResult {
    if (status !== 'success') return this.failure(payload);
    if (Buffer.byteLength(payload) > SYNC_PAYLOAD_BYTES) return this.failure(responseTooLarge());
    return { statusCode: 200, executedVersion: versionOf(this.spec), payload };
  }

  private record(name: 'Invocations' | 'Errors' | 'Throttles', value: number, timestamp?: number): void {
    const { metrics } = this.deps.account;
    metrics.record(functionMetric(name, this.functionArn), value, timestamp);
  }

  private failure(payload: string): InvokeResult {
    return { statusCode: 200, executedVersion: versionOf(this.spec), functionError: 'Unhandled', payload };
  }
}

function checked(spec: FunctionSpec): FunctionSpec {
  const { functionName, runtime, codeDirectory } = spec;
  if (!isSupportedRuntime(runtime)) {
    throw new Error(`function ${functionName}: its runtime must be ${SUPPORTED_RUNTIMES}, got: ${runtime}`);
  }
  if (!statSync(codeDirectory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`function ${functionName}: its code must be a directory, got: ${codeDirectory}`);
  }
  return spec;
}

function responseTooLarge(): string {
  return JSON.stringify({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${SYNC_PAYLOAD_BYTES} bytes).`,
  });
}

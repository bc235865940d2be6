import type { InvocableFunction } from '../account';
import type { AsyncInvokeConfig, AsyncInvoker } from '../functions/async-invoker';
import type { FunctionSpec, LambdaFunction } from '../functions/lambda-function';
import type { Runtime } from './runtime';

/** What an ARN of a function leads to: its unpublished code, a version or an alias. Each has its own asynchronous settings. */
export class FunctionTarget implements InvocableFunction {
  readonly fn: LambdaFunction;

  private config: AsyncInvokeConfig = {};
  private current?: AsyncInvoker;
  /** Invokers of earlier settings, which finish what they were given. */
  private readonly invokers: AsyncInvoker[] = [];

  constructor(spec: FunctionSpec, private readonly runtime: Runtime) {
    this.fn = runtime.createFunction(spec);
  }

  get spec(): FunctionSpec {
    return this.fn.spec;
  }

  get functionArn(): string {
    return this.spec.functionArn;
  }

  get roleArn(): string {
    return this.spec.roleArn;
  }

  invoke(event: unknown, requestId?: string): ReturnType<InvocableFunction['invoke']> {
    return this.fn.invoke(event, requestId);
  }

  invokeAsync(event: unknown): void {
    if (!this.current) {
      this.current = this.runtime.createAsyncInvoker(this.fn, this.config);
      this.invokers.push(this.current);
    }
    this.current.enqueue(event);
  }

  /** Changes asynchronous settings for events that arrive from now on. */
  configureAsync(change: AsyncInvokeConfig): void {
    this.config = { ...this.config, ...change };
    this.current = undefined;
  }

  /** Asynchronous events queued or under way, those waiting for a retry included. */
  get pending(): number {
    return this.invokers.reduce((sum, { pending }) => sum + pending, 0);
  }

  async idle(): Promise<void> {
    await Promise.all(this.invokers.map((invoker) => invoker.idle()));
  }

  async close(): Promise<void> {
    await Promise.all(this.invokers.map((invoker) => invoker.close()));
    await this.fn.close();
  }
}

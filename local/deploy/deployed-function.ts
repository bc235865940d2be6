import type { Account } from '../account';
import type { AsyncInvokeConfig } from '../functions/async-invoker';
import type { FunctionSpec } from '../functions/lambda-function';
import { FunctionTarget } from './function-target';
import type { Runtime } from './runtime';

/** A function with its versions and aliases, all entered in the account by ARN. */
export class DeployedFunction {
  private readonly targets = new Map<string, FunctionTarget>();
  private published = 0;

  constructor(
    spec: FunctionSpec,
    private asyncConfig: AsyncInvokeConfig,
    private readonly account: Account,
    private readonly runtime: Runtime,
  ) {
    const latest = this.add('$LATEST', spec);
    account.functions.set(spec.functionArn, latest);
  }

  /** That of `$LATEST`. */
  get spec(): FunctionSpec {
    return this.latest.spec;
  }

  get arn(): string {
    return this.spec.functionArn;
  }

  get latest(): FunctionTarget {
    return this.target('$LATEST');
  }

  target(qualifier: string): FunctionTarget {
    const target = this.targets.get(qualifier);
    if (!target) {
      const known = [...this.targets.keys()].join(', ');
      throw new Error(`function ${this.spec.functionName} has no version or alias ${qualifier}, it has: ${known}`);
    }
    return target;
  }

  /** Changes `$LATEST`. Published versions stay as they are. */
  async update(spec: FunctionSpec, asyncConfig: AsyncInvokeConfig): Promise<void> {
    await this.latest.fn.update(spec);
    this.asyncConfig = asyncConfig;
    this.latest.configureAsync(asyncConfig);
  }

  publishVersion(): FunctionTarget {
    this.published += 1;
    const version = String(this.published);
    return this.add(version, { ...this.spec, functionArn: `${this.arn}:${version}`, version });
  }

  addAlias(name: string, version: string): FunctionTarget {
    if (this.targets.has(name)) throw new Error(`function ${this.spec.functionName} already has an alias ${name}`);
    return this.add(name, { ...this.target(version).spec, functionArn: `${this.arn}:${name}` });
  }

  /** Lets an alias lead to another version. */
  async changeAlias(name: string, version: string): Promise<void> {
    await this.target(name).fn.update({ ...this.target(version).spec, functionArn: `${this.arn}:${name}` });
  }

  async remove(qualifier: string): Promise<void> {
    const target = this.target(qualifier);
    this.targets.delete(qualifier);
    this.account.functions.delete(`${this.arn}:${qualifier}`);
    await target.close();
  }

  /** Waits until asynchronous invocations have come to their end. */
  async idle(): Promise<void> {
    await Promise.all([...this.targets.values()].map((target) => target.idle()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.targets.values()].map((target) => target.close()));
  }

  async delete(): Promise<void> {
    for (const qualifier of this.targets.keys()) this.account.functions.delete(`${this.arn}:${qualifier}`);
    this.account.functions.delete(this.arn);
    await this.close();
  }

  private add(qualifier: string, spec: FunctionSpec): FunctionTarget {
    const target = new FunctionTarget(spec, this.runtime);
    target.configureAsync(this.asyncConfig);
    this.targets.set(qualifier, target);
    this.account.functions.set(`${this.arn}:${qualifier}`, target);
    return target;
  }
}

import { readAssembly } from './assembly';
import { Assets } from './assets';
import { Clients } from './clients';
import type { DeployedStack } from './deployed-stack';
import { DeploymentState } from './deployment-state';
import { stackOutputs } from './outputs';
import { parameterValues, pseudoParameters } from './parameters';
import { physicalName, type Random, uuid } from './physical-name';
import type { ResourceContext } from './resource-type';
import { localRuntime, type Runtime, type RuntimeDependencies } from './runtime';
import { DeploymentError } from './stack-creation';
import { messageOf, StackCreation, type StackResource } from './stack-creation';
import { asTemplate, type Template } from './template';

export interface DeployOptions {
  readonly stackName: string;
  /** The synthesized template. */
  readonly template: object;
  /** Where the template's assets are: cdk.out. */
  readonly assemblyDirectory: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface DeployerDependencies extends RuntimeDependencies {
  /** Replaces what runs functions, event source mappings and subscriptions. */
  readonly runtime?: Runtime;
  /** @default Math.random */
  readonly random?: Random;
}

/** Deploys synthesized stacks to an emulated account, as CloudFormation does. */
export class Deployer {
  private readonly clients: Clients;
  private readonly state: DeploymentState;
  private readonly random: Random;
  private readonly runtime: Runtime;
  /** The resources that still run. */
  private readonly running = new Set<StackResource>();

  constructor(private readonly deps: DeployerDependencies) {
    this.clients = new Clients(deps.admin, deps.account.region);
    this.state = DeploymentState.of(deps.account);
    this.random = deps.random ?? Math.random;
    this.runtime = deps.runtime ?? localRuntime(deps);
  }

  /** Deploys all stacks of a cdk.out directory in the order of their dependencies. If one fails, deletes all of them. */
  async deployAssembly(directory: string): Promise<DeployedStack[]> {
    const deployed: DeployedStack[] = [];
    try {
      for (const stack of readAssembly(directory)) deployed.push(await this.deploy(stack));
    } catch (error) {
      for (const stack of deployed.reverse()) await stack.delete();
      throw error;
    }
    return deployed;
  }

  async deploy(options: DeployOptions): Promise<DeployedStack> {
    const { stackName } = options;
    if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stackName)) {
      throw new DeploymentError(`stack name must be letters, digits and hyphens, a letter first, got: ${stackName}`);
    }
    if (this.state.stacks.has(stackName)) {
      throw new DeploymentError(`stack ${stackName} is deployed already: updates are not emulated, delete it first`);
    }
    this.state.stacks.set(stackName, {});
    try {
      return await this.create(options);
    } catch (error) {
      this.forget(stackName);
      throw new DeploymentError(`stack ${stackName}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Stops everything that the deployed stacks run, including retained resources. The emulators keep their data. */
  async close(): Promise<void> {
    const running = [...this.running].reverse();
    this.running.clear();
    try {
      for (const { created } of running) {
        await created.close?.();
      }
    } finally {
      this.clients.destroy();
    }
  }

  private async create(options: DeployOptions): Promise<DeployedStack> {
    const template = asTemplate(options.template);
    const creation = this.creation(template, options);
    try {
      await creation.create();
      const { values, exports } = stackOutputs(template, creation.intrinsics);
      this.addExports(options.stackName, exports);
      this.state.stacks.set(options.stackName, values);
      creation.created.forEach((resource) => this.running.add(resource));
      return this.deployedStack(options.stackName, creation, values);
    } catch (error) {
      await this.rollBack(creation, error);
      throw error;
    }
  }

  private creation(template: Template, { stackName, assemblyDirectory, parameters }: DeployOptions): StackCreation {
    const { account, authorizer, clock } = this.deps;
    const newUuid = () => uuid(this.random);
    const stackId = account.arn('cloudformation', `stack/${stackName}/${newUuid()}`);
    const names = new Map([
      ...parameterValues(template, parameters ?? {}), ...pseudoParameters(account, stackName, stackId),
    ]);
    const assets = new Assets(assemblyDirectory, account);
    const context = (logicalId: string): ResourceContext => ({
      stackName, stackId, logicalId, account, authorizer, clock, assets,
      runtime: this.runtime,
      clients: this.clients,
      state: this.state,
      uuid: newUuid,
      generatedName: (maxLength) => physicalName(stackName, logicalId, maxLength, this.random),
    });
    return new StackCreation(template, names, {
      importValue: (name) => this.importValue(stackName, name),
      stackOutput: (...output) => this.stackOutput(...output),
    }, context);
  }

  private async rollBack(creation: StackCreation, cause: unknown): Promise<void> {
    try {
      await creation.rollBack();
    } catch (error) {
      throw new DeploymentError(`${messageOf(cause)}; rolling back failed too: ${messageOf(error)}`, { cause });
    } finally {
      creation.retained.forEach((resource) => this.running.add(resource));
    }
  }

  private deployedStack(stackName: string, creation: StackCreation, outputs: Record<string, string>): DeployedStack {
    const resources = [...creation.created.values()];
    const pick = <T>(get: (resource: StackResource) => T | undefined): Map<string, T> => new Map(
      resources.flatMap((resource) => {
        const value = get(resource);
        return value === undefined ? [] : [[resource.logicalId, value] as const];
      }),
    );
    const functions = pick(({ created }) => created.fn);
    const subscriptions = pick(({ created }) => created.subscription);
    const rules = pick(({ created }) => created.rule);
    return {
      stackName,
      outputs,
      resources: pick(({ type, properties, created: { physicalId, attributes } }) => (
        { type, physicalId, attributes, properties }
      )),
      functions: pick(({ created }) => created.fn?.latest.fn),
      mappings: pick(({ created }) => created.mapping),
      queueMappings: pick(({ created }) => created.queueMapping),
      subscriptions,
      rules,
      deployedFunctions: functions,
      get retained() {
        return creation.retained.map(({ logicalId }) => logicalId);
      },
      idle: async () => {
        await Promise.all([...subscriptions.values()].map((subscription) => subscription.idle()));
        await Promise.all([...rules.values()].map((rule) => rule.idle()));
        await Promise.all([...functions.values()].map((fn) => fn.idle()));
      },
      delete: async () => {
        this.checkExportsUnused(stackName);
        await creation.delete();
        const retained = new Set(creation.retained);
        resources.filter((resource) => !retained.has(resource)).forEach((resource) => this.running.delete(resource));
        this.forget(stackName);
      },
    };
  }

  private importValue(stackName: string, name: string): string {
    const found = this.state.exports.get(name);
    if (!found) throw new Error(`no export named ${name} found: deploy the stack that exports it first`);
    found.importers.add(stackName);
    return found.value;
  }

  /** Unlike an import, this does not protect the other stack or its output from deletion. */
  private stackOutput(stackName: string, outputName: string, region?: string): string {
    const here = this.deps.account.region;
    if (region !== undefined && region !== here) {
      throw new Error(`Fn::GetStackOutput from another region is not emulated: local/ is ${here}, got: ${region}`);
    }
    const outputs = this.state.stacks.get(stackName);
    if (!outputs) throw new Error(`Fn::GetStackOutput finds no stack named ${stackName}: deploy it first`);
    if (!Object.hasOwn(outputs, outputName)) {
      const known = Object.keys(outputs).join(', ') || 'none';
      throw new Error(`stack ${stackName} has no output ${outputName}, known here: ${known}`);
    }
    return outputs[outputName];
  }

  private addExports(stackName: string, exports: ReadonlyMap<string, string>): void {
    for (const name of exports.keys()) {
      const other = this.state.exports.get(name);
      if (other) throw new Error(`export ${name} is already exported by stack ${other.stackName}`);
    }
    for (const [name, value] of exports) this.state.exports.set(name, { value, stackName, importers: new Set() });
  }

  private checkExportsUnused(stackName: string): void {
    for (const [name, { stackName: owner, importers }] of this.state.exports) {
      if (owner === stackName && importers.size > 0) {
        throw new DeploymentError(
          `stack ${stackName} cannot be deleted: export ${name} is in use by ${[...importers].join(', ')}, delete that first`,
        );
      }
    }
  }

  private forget(stackName: string): void {
    this.state.stacks.delete(stackName);
    for (const [name, entry] of this.state.exports) {
      entry.importers.delete(stackName);
      if (entry.stackName === stackName) this.state.exports.delete(name);
    }
  }
}

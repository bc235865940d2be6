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
import { Stack } from './stack';
import { StackDeployment } from './stack-deployment';
import type { OnStackEvent } from './stack-event';
import { DeploymentError, messageOf, removeResources, throwAll } from './stack-resource';
import { asTemplate, type Template } from './template';

export interface DeployOptions {
  readonly stackName: string;
  /** The synthesized template. */
  readonly template: object;
  /** Where the template's assets are: cdk.out. */
  readonly assemblyDirectory: string;
  /** An update keeps the values of parameters that are not given. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Called at each step; the deployment waits for it. */
  readonly onEvent?: OnStackEvent;
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
  private readonly stacks = new Map<string, Stack>();
  private readonly deploying = new Set<string>();
  /** Deleted ones too: what they have retained may still run. */
  private readonly all: Stack[] = [];

  constructor(private readonly deps: DeployerDependencies) {
    this.clients = new Clients(deps.admin, deps.account.region);
    this.state = DeploymentState.of(deps.account);
    this.random = deps.random ?? Math.random;
    this.runtime = deps.runtime ?? localRuntime(deps);
  }

  /**
   * Deploys all stacks of a cdk.out directory in the order of their dependencies, and updates those that are deployed. If one fails, deletes
   * those that it has created.
   */
  async deployAssembly(directory: string, onEvent?: OnStackEvent): Promise<DeployedStack[]> {
    const deployed: DeployedStack[] = [];
    const created: DeployedStack[] = [];
    try {
      for (const artifact of readAssembly(directory)) {
        const isNew = !this.stacks.has(artifact.stackName);
        const stack = await this.deploy({ ...artifact, onEvent });
        deployed.push(stack);
        if (isNew) created.push(stack);
      }
    } catch (error) {
      for (const stack of created.reverse()) await stack.delete();
      throw error;
    }
    return deployed;
  }

  /** Creates a stack, or updates the deployed stack of the same name and returns the same object. */
  async deploy(options: DeployOptions): Promise<DeployedStack> {
    const { stackName } = options;
    if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stackName)) {
      throw new DeploymentError(`stack name must be letters, digits and hyphens, a letter first, got: ${stackName}`);
    }
    if (this.deploying.has(stackName)) throw new DeploymentError(`stack ${stackName} is being deployed: wait until that ends`);
    this.deploying.add(stackName);
    try {
      const existing = this.stacks.get(stackName);
      if (existing) await this.update(existing, options);
      return existing ?? await this.create(options);
    } catch (error) {
      throw new DeploymentError(`stack ${stackName}: ${messageOf(error)}`, { cause: error });
    } finally {
      this.deploying.delete(stackName);
    }
  }

  /** Stops everything that the deployed stacks run, including retained resources. The emulators keep their data. */
  async close(): Promise<void> {
    const running = this.all.splice(0).flatMap((stack) => stack.running).reverse();
    try {
      for (const { created } of running) {
        await created.close?.();
      }
    } finally {
      this.clients.destroy();
    }
  }

  private async create(options: DeployOptions): Promise<Stack> {
    const { stackName } = options;
    if (this.state.stacks.has(stackName)) throw new Error('another deployer has deployed it to the account');
    const stackId = this.deps.account.arn('cloudformation', `stack/${stackName}/${uuid(this.random)}`);
    const stack = new Stack(stackName, stackId, async (it) => this.delete(it));
    this.all.push(stack);
    this.state.stacks.set(stackName, {});
    try {
      await this.update(stack, options);
    } catch (error) {
      this.forget(stackName);
      throw error;
    }
    this.stacks.set(stackName, stack);
    return stack;
  }

  private async update(stack: Stack, options: DeployOptions): Promise<void> {
    const template = asTemplate(options.template);
    const parameters = { ...declaredOf(template, stack.parameters), ...options.parameters };
    const imports = new Set<string>();
    const deployment = this.deployment(stack, template, { ...options, parameters }, imports);
    try {
      await deployment.deploy();
      const { values, exports } = stackOutputs(template, deployment.intrinsics);
      this.setExports(stack.stackName, exports, imports);
      this.state.stacks.set(stack.stackName, values);
      Object.assign(stack, { outputs: values, parameters, current: deployment.resources });
    } catch (error) {
      const { resources, failures } = await deployment.rollBack();
      stack.current = resources;
      if (failures.length === 0) throw error;
      throw new DeploymentError(`${messageOf(error)}; rolling back failed too: ${failures.map(messageOf).join('; ')}`, { cause: error });
    }
    await deployment.cleanUp();
  }

  private deployment(
    stack: Stack,
    template: Template,
    { assemblyDirectory, parameters, onEvent }: DeployOptions,
    imports: Set<string>,
  ): StackDeployment {
    const { account, authorizer, clock } = this.deps;
    const { stackName, stackId } = stack;
    const names = new Map([
      ...parameterValues(template, parameters ?? {}), ...pseudoParameters(account, stackName, stackId),
    ]);
    const assets = new Assets(assemblyDirectory, account);
    const context = (logicalId: string): ResourceContext => ({
      stackName, stackId, logicalId, account, authorizer, clock, assets,
      runtime: this.runtime,
      clients: this.clients,
      state: this.state,
      uuid: () => uuid(this.random),
      generatedName: (maxLength) => physicalName(stackName, logicalId, maxLength, this.random),
    });
    return new StackDeployment({
      template, names, context, onEvent,
      before: stack.current,
      others: {
        importValue: (name) => this.importValue(name, imports),
        stackOutput: (...output) => this.stackOutput(...output),
      },
      onRetained: (resource) => stack.retain(resource),
    });
  }

  private async delete(stack: Stack): Promise<void> {
    const { stackName } = stack;
    if (this.stacks.get(stackName) !== stack) return;
    if (this.deploying.has(stackName)) throw new DeploymentError(`stack ${stackName} is being deployed: wait until that ends`);
    for (const [name, { stackName: owner, importers }] of this.state.exports) {
      if (owner === stackName && importers.size > 0) {
        throw new DeploymentError(
          `stack ${stackName} cannot be deleted: export ${name} is in use by ${[...importers].join(', ')}, delete that first`,
        );
      }
    }
    const remaining = new Map(stack.current);
    const failures = await removeResources(remaining.values(), ({ deletionPolicy }) => deletionPolicy !== 'Delete', (resource, retained) => {
      if (retained) stack.retain(resource);
      remaining.delete(resource.logicalId);
    });
    stack.current = remaining;
    throwAll(failures);
    this.stacks.delete(stackName);
    this.forget(stackName);
  }

  private importValue(name: string, imports: Set<string>): string {
    const found = this.state.exports.get(name);
    if (!found) throw new Error(`no export named ${name} found: deploy the stack that exports it first`);
    imports.add(name);
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

  /** Replaces the exports and the imports of a stack. */
  private setExports(stackName: string, exports: ReadonlyMap<string, string>, imports: ReadonlySet<string>): void {
    const all = this.state.exports;
    for (const name of exports.keys()) {
      const other = all.get(name)?.stackName;
      if (other !== undefined && other !== stackName) throw new Error(`export ${name} is already exported by stack ${other}`);
    }
    const own = [...all].filter(([, entry]) => entry.stackName === stackName);
    for (const [name, { value, importers }] of own) {
      if (importers.size === 0 || exports.get(name) === value) continue;
      throw new Error(`export ${name} must not change or be removed while it is in use, got: imported by ${[...importers].join(', ')}`);
    }
    for (const [name] of own) if (!exports.has(name)) all.delete(name);
    for (const [name, value] of exports) all.set(name, { value, stackName, importers: all.get(name)?.importers ?? new Set() });
    for (const [name, { importers }] of all) {
      if (imports.has(name)) importers.add(stackName);
      else importers.delete(stackName);
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

/** The parameters that a template still has. */
function declaredOf({ Parameters: declared = {} }: Template, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in declared));
}

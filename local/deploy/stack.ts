import type { DeployedStack } from './deployed-stack';
import type { StackResource } from './stack-resource';

export class Stack implements DeployedStack {
  outputs: Readonly<Record<string, string>> = {};
  current: ReadonlyMap<string, StackResource> = new Map();
  /** Parameters that were given. An update keeps their values. */
  parameters: Readonly<Record<string, string>> = {};
  private readonly left: StackResource[] = [];

  constructor(readonly stackName: string, readonly stackId: string, private readonly remove: (stack: Stack) => Promise<void>) {}

  get resources() {
    return this.pick(({ type, properties, created: { physicalId, attributes } }) => ({ type, physicalId, attributes, properties }));
  }

  get functions() {
    return this.pick(({ created }) => created.fn?.latest.fn);
  }

  get deployedFunctions() {
    return this.pick(({ created }) => created.fn);
  }

  get mappings() {
    return this.pick(({ created }) => created.mapping);
  }

  get queueMappings() {
    return this.pick(({ created }) => created.queueMapping);
  }

  get subscriptions() {
    return this.pick(({ created }) => created.subscription);
  }

  get rules() {
    return this.pick(({ created }) => created.rule);
  }

  get retained() {
    return this.left.map(({ logicalId }) => logicalId);
  }

  /** Everything of the stack that may still run, in the order of creation. */
  get running(): readonly StackResource[] {
    return [...this.left, ...this.current.values()];
  }

  retain(resource: StackResource): void {
    this.left.push(resource);
  }

  readonly idle = async (): Promise<void> => {
    for (const running of [this.subscriptions, this.rules, this.deployedFunctions]) {
      await Promise.all([...running.values()].map(async (it) => it.idle()));
    }
  };

  readonly delete = async (): Promise<void> => this.remove(this);

  private pick<T>(get: (resource: StackResource) => T | undefined): Map<string, T> {
    return new Map([...this.current.values()].flatMap((resource) => {
      const value = get(resource);
      return value === undefined ? [] : [[resource.logicalId, value] as const];
    }));
  }
}

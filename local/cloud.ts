import { Account, type PolicyDocument } from './account';
import { Clock } from './clock';
import { Clients } from './deploy/clients';
import type { DeployedStack } from './deploy/deployed-stack';
import { Deployer, type DeployOptions } from './deploy/deployer';
import { type Emulators, startEmulators } from './emulators/emulators';
import { type ServiceEndpoints } from './endpoints';
import { tellOfObjects } from './events/administrator-objects';
import { Gateway } from './gateway/gateway';
import { Authorizer } from './iam/authorizer';
import type { ConsolidateFailures, S3Payload } from './mapping/event-source-mapping';
import { EVERYTHING, type Operator, operatorOf } from './operator';

export interface LocalCloudOptions {
  /** Default: '123456789012'. */
  readonly accountId?: string;
  /** Default: 'us-east-1'. */
  readonly region?: string;
  /** How much faster than the wall clock waits go by. Default: 1. */
  readonly speed?: number;
  /** When failed pieces of a batch share a failure record. Default: 'adjacent'. */
  readonly consolidateFailures?: ConsolidateFailures;
  /** How Lambda writes the event into an object of a failed batch. Default: 'string', as documented. */
  readonly s3Payload?: S3Payload;
}

/** AWS on this machine: emulators, a gateway that enforces IAM, and what runs functions, mappings and subscriptions. */
export class LocalCloud {
  static async start(options: LocalCloudOptions = {}): Promise<LocalCloud> {
    const account = new Account(options.accountId, options.region);
    const authorizer = new Authorizer(account);
    const emulators = await startEmulators({ accountId: account.accountId, region: account.region });
    try {
      const gateway = await Gateway.start({ account, authorizer, upstream: emulators.endpoints });
      return new LocalCloud(options, account, authorizer, emulators, gateway);
    } catch (error) {
      await emulators.stop();
      throw error;
    }
  }

  /** SDK clients of the administrator: they talk to the emulators themselves, past every policy. */
  readonly clients: Clients;
  private readonly deployer: Deployer;
  private readonly stacks = new Set<DeployedStack>();

  private constructor(
    options: LocalCloudOptions,
    readonly account: Account,
    readonly authorizer: Authorizer,
    private readonly emulators: Emulators,
    readonly gateway: Gateway,
  ) {
    const admin = emulators.endpoints;
    this.clients = new Clients(admin, account.region);
    tellOfObjects(this.clients.s3, account);
    this.deployer = new Deployer({
      account,
      authorizer,
      admin,
      clock: new Clock(options.speed),
      gateway: gateway.endpoints,
      mappingOptions: { consolidateFailures: options.consolidateFailures, s3Payload: options.s3Payload },
    });
  }

  /** Where the administrator's clients go: the emulators themselves. */
  get endpoints(): ServiceEndpoints {
    return this.emulators.endpoints;
  }

  /** Who works on the account from outside, through the gateway. Unlike the administrator's clients, what the policy does not allow is refused. */
  operator(policy: PolicyDocument = EVERYTHING, name = 'Operator'): Operator {
    return operatorOf(this.account, this.gateway.endpoint, policy, name);
  }

  /** Deploys every stack of a cdk.out directory. */
  async deployAssembly(directory: string): Promise<DeployedStack[]> {
    const stacks = await this.deployer.deployAssembly(directory);
    for (const stack of stacks) this.stacks.add(stack);
    return stacks;
  }

  /** Deploys one template. */
  async deploy(options: DeployOptions): Promise<DeployedStack> {
    const stack = await this.deployer.deploy(options);
    this.stacks.add(stack);
    return stack;
  }

  /**
   * Waits until every record that is on a stream now has been dealt with, and all that follows from it has come to its end: messages
   * that a mapping on a queue can see, too, but none that waits for its visibility timeout.
   */
  async idle(): Promise<void> {
    const { mappings, events } = this.account;
    await Promise.all([...mappings.values()].map(async (mapping) => mapping.settled()));
    const stacks = [...this.stacks];
    await Promise.all(stacks.flatMap((stack) => [...stack.mappings.values()].map(async (mapping) => mapping.idle())));
    const queueMappings = stacks.flatMap((stack) => [...stack.queueMappings.values()]);
    const taken = () => queueMappings.reduce((sum, { counters }) => sum + counters.messagesReceived, events.taken);
    // What a function writes can be an event or a message for another.
    for (let before = -1; before !== taken();) {
      before = taken();
      await Promise.all(stacks.map(async (stack) => stack.idle()));
      await Promise.all(queueMappings.map(async (mapping) => mapping.idle()));
    }
  }

  async stop(): Promise<void> {
    await this.deployer.close();
    this.clients.destroy();
    await this.gateway.stop();
    await this.emulators.stop();
  }
}

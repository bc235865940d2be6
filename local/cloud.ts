import { Account, type PolicyDocument } from './account';
import { Clock } from './clock';
import { CloudWatch } from './cloudwatch/cloudwatch';
import { recordRequestMetrics } from './cloudwatch/request-metrics';
import { Clients } from './deploy/clients';
import type { DeployedStack } from './deploy/deployed-stack';
import { Deployer, type DeployOptions } from './deploy/deployer';
import type { OnStackEvent } from './deploy/stack-event';
import { type Emulators, startEmulators } from './emulators/emulators';
import { endVisibilityTimeouts } from './emulators/fauxqs';
import { type ServiceEndpoints } from './endpoints';
import { publishObjectEvents } from './events/administrator-objects';
import { shortenDelays } from './gateway/function-delays';
import { Gateway } from './gateway/gateway';
import { limitKinesisReads } from './gateway/kinesis-read-limits';
import { Authorizer } from './iam/authorizer';
import type { ConsolidateFailures, S3Payload } from './mapping/event-source-mapping';
import { ALLOW_EVERYTHING, type Operator, createOperator } from './operator';

export interface LocalCloudOptions {
  /** Default: '123456789012'. */
  readonly accountId?: string;
  /** Default: 'us-east-1'. */
  readonly region?: string;
  /** How much faster than the wall clock waits are. Default: 1. */
  readonly speed?: number;
  /** When failed pieces of a batch share a failure record. Default: 'adjacent'. */
  readonly consolidateFailures?: ConsolidateFailures;
  /** Whether the shards of Kinesis streams have the read limits of AWS, in wall time. Default: false. */
  readonly kinesisReadLimits?: boolean;
  /** How Lambda writes the event into an object of a failed batch. Default: 'string', as documented. */
  readonly s3Payload?: S3Payload;
}

/** AWS on this machine: emulators, a gateway that enforces IAM, functions, event source mappings and subscriptions. */
export class LocalCloud {
  static async start(options: LocalCloudOptions = {}): Promise<LocalCloud> {
    const account = new Account(options.accountId, options.region);
    const authorizer = new Authorizer(account);
    const emulators = await startEmulators({ accountId: account.accountId, region: account.region });
    try {
      const gateway = await Gateway.start({ account, authorizer, upstream: emulators.endpoints });
      gateway.use(recordRequestMetrics(account.metrics));
      gateway.use(shortenDelays(account, new Clock(options.speed)));
      if (options.kinesisReadLimits) gateway.use(limitKinesisReads());
      return new LocalCloud(options, account, authorizer, emulators, gateway);
    } catch (error) {
      await emulators.stop();
      throw error;
    }
  }

  /** The administrator's SDK clients. They call the emulators directly, without any policy. */
  readonly clients: Clients;
  readonly cloudWatch: CloudWatch;
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
    this.cloudWatch = new CloudWatch(account, admin);
    publishObjectEvents(this.clients.s3, account);
    this.deployer = new Deployer({
      account,
      authorizer,
      admin,
      clock: new Clock(options.speed),
      gateway: gateway.endpoints,
      mappingOptions: { consolidateFailures: options.consolidateFailures, s3Payload: options.s3Payload },
    });
  }

  /** The emulators' own endpoints, which the administrator's clients use. */
  get endpoints(): ServiceEndpoints {
    return this.emulators.endpoints;
  }

  /** An operator with a policy. The gateway denies what the policy does not allow, unlike for the administrator's clients. */
  operator(policy: PolicyDocument = ALLOW_EVERYTHING, name = 'Operator'): Operator {
    return createOperator(this.account, this.gateway.endpoint, policy, name);
  }

  /** Deploys every stack of a cdk.out directory. A stack that is deployed is updated, and stays the same object. */
  async deployAssembly(directory: string, onEvent?: OnStackEvent): Promise<DeployedStack[]> {
    const stacks = await this.deployer.deployAssembly(directory, onEvent);
    for (const stack of stacks) this.stacks.add(stack);
    return stacks;
  }

  /** Deploys one template, or updates the stack of this name. */
  async deploy(options: DeployOptions): Promise<DeployedStack> {
    const stack = await this.deployer.deploy(options);
    this.stacks.add(stack);
    return stack;
  }

  /**
   * Waits until all records that are on a stream now are processed or given up, and until all events and messages that result from them
   * are processed. Does not wait for messages that are in their visibility timeout.
   */
  async idle(): Promise<void> {
    const { mappings, events } = this.account;
    await Promise.all([...mappings.values()].map(async (mapping) => mapping.settled()));
    const stacks = [...this.stacks];
    await Promise.all(stacks.flatMap((stack) => [...stack.mappings.values()].map(async (mapping) => mapping.idle())));
    const queueMappings = stacks.flatMap((stack) => [...stack.queueMappings.values()]);
    const taken = () => queueMappings.reduce((sum, { counters }) => sum + counters.messagesReceived, events.taken);
    // One function's output can be another function's input.
    for (let before = -1; before !== taken();) {
      before = taken();
      await Promise.all(stacks.map(async (stack) => stack.idle()));
      await Promise.all(queueMappings.map(async (mapping) => mapping.idle()));
    }
  }

  /** Makes the messages of a queue visible again that are in their visibility timeout, which is wall time at every speed. */
  async endVisibilityTimeouts(queueUrl: string): Promise<void> {
    await endVisibilityTimeouts(this.endpoints.sqs, queueUrl.split('/').at(-1)!);
  }

  async stop(): Promise<void> {
    await this.deployer.close();
    this.clients.destroy();
    await this.gateway.stop();
    await this.emulators.stop();
  }
}

import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Account, type Credentials, type PolicyStatement } from '../../../local/account';
import {
  type EmulatorOptions,
  type Emulators,
  startEmulators,
} from '../../../local/emulators/emulators';
import { type ServiceEndpoints } from '../../../local/endpoints';
import { Gateway } from '../../../local/gateway/gateway';
import { Authorizer } from '../../../local/iam/authorizer';

export const ROLE = 'arn:aws:iam::123456789012:role/Worker';
export const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234';

const ADMIN: Credentials = { accessKeyId: 'admin', secretAccessKey: 'admin', sessionToken: 'admin' };

export interface Clients {
  readonly kinesis: KinesisClient;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  readonly dynamodbStreams: DynamoDBStreamsClient;
}

/** Of the services that the account answers for itself. They go to the one endpoint of all. */
export interface AccountClients {
  readonly lambda: LambdaClient;
  readonly sts: STSClient;
  readonly tagging: ResourceGroupsTaggingAPIClient;
  readonly logs: CloudWatchLogsClient;
}

export function accountClients(endpoint: string, credentials: Credentials): AccountClients {
  const common = { region: 'us-east-1', credentials, maxAttempts: 1, endpoint };
  return {
    lambda: new LambdaClient(common),
    sts: new STSClient(common),
    tagging: new ResourceGroupsTaggingAPIClient(common),
    logs: new CloudWatchLogsClient(common),
  };
}

/** An account with one role that may do nothing yet, and a gateway with nothing behind it. */
export class AccountFixture {
  static async start(): Promise<AccountFixture> {
    const account = new Account();
    const nowhere = 'http://127.0.0.1:9';
    const upstream = { kinesis: nowhere, sqs: nowhere, sns: nowhere, s3: nowhere, dynamodb: nowhere };
    // The queue URLs' origin is the only thing that a gateway tells an emulator.
    const told = jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response());
    const gateway = await Gateway.start({ account, authorizer: new Authorizer(account), upstream });
    told.mockRestore();
    return new AccountFixture(account, gateway);
  }

  readonly worker: AccountClients;

  private constructor(readonly account: Account, readonly gateway: Gateway) {
    this.account.addRole({ arn: ROLE, trust: { Statement: [] }, policies: new Map() });
    this.worker = accountClients(gateway.endpoint, account.credentialsFor(ROLE));
  }

  allow(action: string | string[], resource = '*', effect: PolicyStatement['Effect'] = 'Allow'): void {
    allow(this.account, action, resource, effect);
  }

  reset(): void {
    this.account.roles.get(ROLE)!.policies.clear();
    for (const map of [this.account.functions, this.account.mappings, this.account.tags, this.account.logGroups]) map.clear();
    this.account.decisions.length = 0;
  }

  async stop(): Promise<void> {
    for (const client of Object.values(this.worker) as { destroy(): void }[]) client.destroy();
    await this.gateway.stop();
  }
}

function allow(account: Account, action: string | string[], resource: string, effect: PolicyStatement['Effect']): void {
  const { policies } = account.roles.get(ROLE)!;
  policies.set(`Policy${policies.size}`, { Version: '2012-10-17', Statement: [{ Effect: effect, Action: action, Resource: resource }] });
}

/** Emulators, an account with one role that may do nothing yet, and a gateway. */
export class Fixture {
  static async start(options: Partial<EmulatorOptions> = {}): Promise<Fixture> {
    const account = new Account();
    const emulators = await startEmulators({ accountId: account.accountId, region: account.region, ...options });
    const gateway = await Gateway.start({
      account,
      authorizer: new Authorizer(account),
      upstream: emulators.endpoints,
    });
    return new Fixture(account, emulators, gateway);
  }

  readonly admin: Clients;
  readonly worker: Clients;
  private readonly opened: Clients[] = [];

  private constructor(
    readonly account: Account,
    private readonly emulators: Emulators,
    readonly gateway: Gateway,
  ) {
    this.account.addRole({ arn: ROLE, trust: { Statement: [] }, policies: new Map() });
    this.admin = this.clients(emulators.endpoints, ADMIN);
    this.worker = this.clients(gateway.endpoints, account.credentialsFor(ROLE));
  }

  /** Takes every permission, key and middleware's trace away. */
  reset(): void {
    this.account.roles.get(ROLE)!.policies.clear();
    for (const map of [this.account.resourcePolicies, this.account.encryption, this.account.keys]) map.clear();
    this.account.decisions.length = 0;
  }

  allow(action: string | string[], resource = '*', effect: PolicyStatement['Effect'] = 'Allow'): void {
    allow(this.account, action, resource, effect);
  }

  /** Encrypts a resource with a key that leaves everything to identity policies. */
  encrypt(resource: string): void {
    const root = { AWS: 'arn:aws:iam::123456789012:root' };
    this.account.keys.set(KEY, {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' }],
    });
    this.account.encryption.set(resource, KEY);
  }

  clients(endpoints: ServiceEndpoints, credentials: Credentials): Clients {
    const common = { region: 'us-east-1', credentials, maxAttempts: 1 };
    const clients = {
      kinesis: new KinesisClient({ ...common, endpoint: endpoints.kinesis, requestHandler: new NodeHttpHandler() }),
      sqs: new SQSClient({ ...common, endpoint: endpoints.sqs }),
      sns: new SNSClient({ ...common, endpoint: endpoints.sns }),
      s3: new S3Client({ ...common, endpoint: endpoints.s3 }),
      dynamodb: new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb }),
      dynamodbStreams: new DynamoDBStreamsClient({ ...common, endpoint: endpoints.dynamodb }),
    };
    this.opened.push(clients);
    return clients;
  }

  async stop(): Promise<void> {
    for (const client of this.opened.flatMap((clients) => Object.values(clients) as { destroy(): void }[]))
      client.destroy();
    await this.gateway.stop();
    await this.emulators.stop();
  }
}

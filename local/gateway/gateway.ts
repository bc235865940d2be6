import type { Account } from '../account';
import { setQueueUrlOrigin } from '../emulators/fauxqs';
import type { ServiceEndpoints, GatewayEndpoints } from '../endpoints';
import type { Authorizer } from '../iam/authorizer';
import { DynamoDbAdapter } from './dynamodb';
import { KinesisAdapter } from './kinesis';
import { LambdaAdapter } from './lambda';
import type { Listener } from './listener';
import { LogsAdapter } from './logs';
import { MessageMoves } from './message-moves';
import { S3Adapter } from './s3';
import { ServiceServer } from './service-server';
import { startSharedEndpoint } from './shared-endpoint';
import { SnsAdapter } from './sns';
import { SqsAdapter } from './sqs';
import { StsAdapter } from './sts';
import { TaggingAdapter } from './tagging';
import type { Middleware, ServiceAdapter, ServiceName } from './types';

export interface GatewayOptions {
  readonly account: Account;
  readonly authorizer: Authorizer;
  readonly upstream: ServiceEndpoints;
}

/** What functions and operators call instead of AWS: one endpoint for each service and one for all. Denies what their roles do not allow. */
export class Gateway {
  static async start({ account, authorizer, upstream }: GatewayOptions): Promise<Gateway> {
    const middleware: Middleware[] = [];
    const adapters: readonly ServiceAdapter[] = [
      new KinesisAdapter(),
      new DynamoDbAdapter(),
      new SqsAdapter(new MessageMoves(account, authorizer, upstream.sqs)),
      new SnsAdapter(),
      new S3Adapter(),
      new LambdaAdapter(),
      new StsAdapter(),
      new TaggingAdapter(),
      new LogsAdapter(),
    ];
    const upstreams: Partial<Record<ServiceName, string>> = { ...upstream };
    const servers = await Promise.all(
      adapters.map(
        async (adapter) =>
          [
            adapter.name,
            await ServiceServer.start({ adapter, account, authorizer, upstream: upstreams[adapter.name], middleware }),
          ] as const,
      ),
    );
    const byName = Object.fromEntries(servers) as Record<ServiceName, ServiceServer>;
    const gateway = new Gateway(byName, await startSharedEndpoint(byName), middleware);
    try {
      await setQueueUrlOrigin(upstream.sqs, gateway.endpoints.sqs);
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
  }

  readonly endpoints: GatewayEndpoints;

  private constructor(
    private readonly servers: Readonly<Record<ServiceName, ServiceServer>>,
    private readonly sharedEndpoint: Listener,
    private readonly middleware: Middleware[],
  ) {
    this.endpoints = {
      kinesis: servers.kinesis.endpoint,
      sqs: servers.sqs.endpoint,
      sns: servers.sns.endpoint,
      s3: servers.s3.endpoint,
      dynamodb: servers.dynamodb.endpoint,
      all: sharedEndpoint.endpoint,
    };
  }

  /** The endpoint for all services, for `AWS_ENDPOINT_URL` and `--endpoint-url`. */
  get endpoint(): string {
    return this.endpoints.all;
  }

  /** Adds middleware around the existing middleware. Returns a function that removes it. */
  use(middleware: Middleware): () => void {
    this.middleware.push(middleware);
    return () => {
      const index = this.middleware.indexOf(middleware);
      if (index >= 0) this.middleware.splice(index, 1);
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.sharedEndpoint, ...Object.values(this.servers)].map(async (server) => server.stop()));
  }
}

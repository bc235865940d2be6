import type { Account } from '../account';
import type { EmulatorEndpoints } from '../emulators/emulators';
import { setQueueUrlOrigin } from '../emulators/fauxqs';
import type { Authorizer } from '../iam/authorizer';
import { DynamoDbAdapter } from './dynamodb';
import { KinesisAdapter } from './kinesis';
import { S3Adapter } from './s3';
import { ServiceServer } from './service-server';
import { SnsAdapter } from './sns';
import { SqsAdapter } from './sqs';
import type { Middleware, ServiceAdapter, ServiceName } from './types';

export interface GatewayOptions {
  readonly account: Account;
  readonly authorizer: Authorizer;
  readonly upstream: EmulatorEndpoints;
}

/** What a function talks to instead of AWS: one endpoint per service, which lets through what its role allows. */
export class Gateway {
  static async start({ account, authorizer, upstream }: GatewayOptions): Promise<Gateway> {
    const middleware: Middleware[] = [];
    const adapters: readonly ServiceAdapter[] = [
      new KinesisAdapter(),
      new DynamoDbAdapter(),
      new SqsAdapter(),
      new SnsAdapter(),
      new S3Adapter(),
    ];
    const servers = await Promise.all(
      adapters.map(
        async (adapter) =>
          [
            adapter.name,
            await ServiceServer.start({ adapter, account, authorizer, upstream: upstream[adapter.name], middleware }),
          ] as const,
      ),
    );
    const gateway = new Gateway(Object.fromEntries(servers) as Record<ServiceName, ServiceServer>, middleware);
    try {
      await setQueueUrlOrigin(upstream.sqs, gateway.endpoints.sqs);
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
  }

  readonly endpoints: EmulatorEndpoints;

  private constructor(
    private readonly servers: Readonly<Record<ServiceName, ServiceServer>>,
    private readonly middleware: Middleware[],
  ) {
    this.endpoints = {
      kinesis: servers.kinesis.endpoint,
      sqs: servers.sqs.endpoint,
      sns: servers.sns.endpoint,
      s3: servers.s3.endpoint,
      dynamodb: servers.dynamodb.endpoint,
    };
  }

  /** Adds middleware around what is there already. Returns what takes it away again. */
  use(middleware: Middleware): () => void {
    this.middleware.push(middleware);
    return () => {
      const index = this.middleware.indexOf(middleware);
      if (index >= 0) this.middleware.splice(index, 1);
    };
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.servers).map(async (server) => server.stop()));
  }
}

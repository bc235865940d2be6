import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Account } from '../account';
import { ServiceEndpoints } from '../endpoints';
import { messageAttributes } from '../service-principal';

export interface DestinationDeps {
  readonly account: Account;
  /** The gateway's: what the role may not do is refused there. */
  readonly endpoints: Pick<ServiceEndpoints, 'sqs' | 'sns'>;
}

/** A queue or topic that Lambda writes to with the authority of a function's role. */
export class Destination {
  private readonly deliver: (body: string, attributes: Record<string, string | number>) => Promise<unknown>;
  private readonly client: SQSClient | SNSClient;

  constructor(readonly arn: string, roleArn: string, deps: DestinationDeps) {
    const [, , service, , accountId, name] = arn.split(':');
    if (!['sqs', 'sns'].includes(service) || !name || arn.endsWith('.fifo')) {
      throw new Error(`a destination must be a standard SQS queue or SNS topic here, got: ${arn}`);
    }
    const settings = {
      region: deps.account.region,
      credentials: deps.account.credentialsFor(roleArn),
      requestHandler: new NodeHttpHandler(),
    };
    if (service === 'sqs') {
      const client = new SQSClient({ ...settings, endpoint: deps.endpoints.sqs });
      // The service knows the queue by its ARN: asking for the URL would need a permission that Lambda does not need.
      const queueUrl = `${deps.endpoints.sqs}/${accountId}/${name}`;
      this.client = client;
      this.deliver = (body, attributes) => client.send(new SendMessageCommand({
        QueueUrl: queueUrl, MessageBody: body, MessageAttributes: messageAttributes(attributes),
      }));
    } else {
      const client = new SNSClient({ ...settings, endpoint: deps.endpoints.sns });
      this.client = client;
      this.deliver = (body, attributes) => client.send(new PublishCommand({
        TopicArn: arn, Message: body, MessageAttributes: messageAttributes(attributes),
      }));
    }
  }

  /** @throws the service's error, for example AccessDenied when the role may not write */
  async send(body: string, attributes: Record<string, string | number> = {}): Promise<void> {
    await this.deliver(body, attributes);
  }

  close(): void {
    this.client.destroy();
  }
}

import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Account } from '../account';
import { Clock } from '../clock';
import { topicMetric } from '../cloudwatch/service-metrics';
import { PayloadTooLargeError } from '../functions/lambda-function';
import type { Authorization } from '../iam/authorization';
import { ConditionVariable } from '../mapping/condition-variable';
import { sendAsServicePrincipal } from '../service-principal';
import { PrivateMessage, PrivateQueue } from './private-queue';
import { snsEvent, SnsNotification } from './sns-event';

export interface TopicSubscriptionSpec {
  readonly subscriptionArn: string;
  readonly topicArn: string;
  readonly functionArn: string;
  readonly redrivePolicy?: { readonly deadLetterTargetArn: string };
  /** Not supported. */
  readonly filterPolicy?: unknown;
}

export interface TopicSubscriptionDeps {
  readonly account: Account;
  readonly authorizer: Authorization;
  readonly clock: Clock;
  /** The emulators' own endpoints. */
  readonly admin: { readonly sqs: string; readonly sns: string };
}

export interface LostMessage {
  readonly message: string;
  readonly error: Error;
}

const POLL_MILLIS = 50;

/**
 * A function's subscription to a topic. SNS adds each message to the function's asynchronous queue. A message that SNS is not allowed to
 * deliver goes to the subscription's dead-letter queue without a retry.
 */
export class TopicSubscription {
  static async start(spec: TopicSubscriptionSpec, deps: TopicSubscriptionDeps): Promise<TopicSubscription> {
    if (spec.filterPolicy !== undefined) {
      throw new Error(`subscription ${spec.subscriptionArn}: filter policies are not emulated for functions, filter in the function`);
    }
    if (spec.topicArn.endsWith('.fifo')) {
      throw new Error(`subscription ${spec.subscriptionArn}: a FIFO topic cannot deliver to a function, got: ${spec.topicArn}`);
    }
    const settings = {
      region: deps.account.region,
      credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' },
      requestHandler: new NodeHttpHandler(),
    };
    const clients = {
      // Queue URLs have the gateway's host. This client must call the emulator instead.
      sqs: new SQSClient({ ...settings, endpoint: deps.admin.sqs, useQueueUrlAsEndpoint: false }),
      sns: new SNSClient({ ...settings, endpoint: deps.admin.sns }),
    };
    try {
      const queue = await PrivateQueue.subscribe(spec.topicArn, deps.account.accountId, deps.account.region, clients);
      return new TopicSubscription(spec, deps, queue, clients);
    } catch (error) {
      clients.sqs.destroy();
      clients.sns.destroy();
      throw error;
    }
  }

  /** Messages delivered to the function. */
  delivered = 0;
  /** Messages written to the dead-letter queue. */
  redriven = 0;
  /** Messages that reached neither the function nor a dead-letter queue. */
  readonly lost: LostMessage[] = [];

  private readonly closing = new AbortController();
  private readonly changed = new ConditionVariable();
  private readonly polling: Promise<void>;
  private polls = 0;
  private lastEmptyPoll = 0;
  private failure?: Error;

  private constructor(
    private readonly spec: TopicSubscriptionSpec,
    private readonly deps: TopicSubscriptionDeps,
    private readonly queue: PrivateQueue,
    private readonly clients: { readonly sqs: SQSClient; readonly sns: SNSClient },
  ) {
    this.polling = this.poll().catch((error: Error) => {
      this.failure = error;
      process.emitWarning(`subscription ${spec.subscriptionArn} has stopped: ${error.message}`);
    }).finally(() => this.changed.notifyAll());
  }

  /**
   * Resolves when all messages that were published before are delivered, in the dead-letter queue or lost. Does not wait for the function.
   */
  async idle(): Promise<void> {
    const before = this.polls;
    while (this.lastEmptyPoll <= before && !this.failure && !this.closing.signal.aborted) await this.changed.wait(this.closing.signal);
    if (this.failure) throw this.failure;
  }

  /** Stops the delivery and deletes its queue and subscription in the emulators. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await this.polling;
    await this.queue.remove();
    this.clients.sqs.destroy();
    this.clients.sns.destroy();
  }

  private async poll(): Promise<void> {
    const { signal } = this.closing;
    // This is not a duration of AWS, so the clock's speed does not apply.
    const pace = new Clock();
    while (!signal.aborted) {
      const poll = ++this.polls;
      const messages = await this.queue.receive();
      for (const message of messages) await this.handle(message);
      if (messages.length) continue;
      this.lastEmptyPoll = poll;
      this.changed.notifyAll();
      await pace.sleep(POLL_MILLIS, signal);
    }
  }

  private async handle(message: PrivateMessage): Promise<void> {
    const refusal = await this.deliver(message.body);
    if (refusal) await this.redrive(message.body, refusal);
    await message.done();
  }

  /** @returns why SNS cannot deliver the message, if it cannot: a client error, which SNS does not retry */
  private async deliver(body: string): Promise<Error | undefined> {
    const { account, authorizer } = this.deps;
    const { functionArn, subscriptionArn, topicArn } = this.spec;
    const fn = account.functions.get(functionArn);
    if (!fn) return new Error(`Function not found: ${functionArn}`);
    const { allowed, message } = await authorizer.authorize({
      principal: { service: 'sns.amazonaws.com', sourceArn: topicArn }, action: 'lambda:InvokeFunction', resource: functionArn,
    });
    if (!allowed) return Object.assign(new Error(message), { name: 'AccessDenied' });
    try {
      fn.invokeAsync(snsEvent(JSON.parse(body) as SnsNotification, subscriptionArn));
    } catch (error) {
      if (error instanceof PayloadTooLargeError) return error;
      throw error;
    }
    this.delivered++;
    return undefined;
  }

  private async redrive(body: string, refusal: Error): Promise<void> {
    const queueArn = this.spec.redrivePolicy?.deadLetterTargetArn;
    if (!queueArn) {
      this.lost.push({ message: body, error: refusal });
      return;
    }
    try {
      const principal = { service: 'sns.amazonaws.com', sourceArn: this.spec.topicArn };
      const attributes = { ErrorCode: 403, ErrorMessage: refusal.message.slice(0, 1024) };
      await sendAsServicePrincipal({ queueArn, principal, body, attributes }, { ...this.deps, sqs: this.clients.sqs });
      this.redriven++;
    } catch (error) {
      this.deps.account.metrics.record(topicMetric('NumberOfNotificationsFailedToRedriveToDlq', this.spec.topicArn), 1);
      this.lost.push({ message: body, error: error as Error });
    }
  }
}

import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Account } from '../account';
import { Clock } from '../clock';
import { PayloadTooLargeError } from '../functions/lambda-function';
import type { Authorization } from '../iam/authorization';
import { Notifier } from '../mapping/notifier';
import { sendAsService } from '../service-message';
import { PrivateMessage, PrivateQueue } from './private-queue';
import { snsEvent, SnsNotification } from './sns-event';

export interface TopicSubscriptionSpec {
  readonly subscriptionArn: string;
  readonly topicArn: string;
  readonly functionArn: string;
  readonly redrivePolicy?: { readonly deadLetterTargetArn: string };
  /** Refused. */
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
 * A function's subscription to a topic. SNS hands a message to the function's asynchronous queue and is done; what it
 * may not hand over it does not try again, and writes to the subscription's redrive queue.
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
      // Queue URLs lead to the gateway, where the harness is nobody: here they are names.
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

  /** Messages handed to the function. */
  delivered = 0;
  /** Messages written to the redrive queue. */
  redriven = 0;
  /** Messages that neither the function nor a redrive queue took. */
  readonly lost: LostMessage[] = [];

  private readonly closing = new AbortController();
  private readonly changed = new Notifier();
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
    }).finally(() => this.changed.notify());
  }

  /**
   * Resolves when every message that was published before is handed over, redriven or lost. Whether the function is
   * done is the function's to tell.
   */
  async idle(): Promise<void> {
    const before = this.polls;
    while (this.lastEmptyPoll <= before && !this.failure && !this.closing.signal.aborted) await this.changed.next(this.closing.signal);
    if (this.failure) throw this.failure;
  }

  /** Ends the delivery and removes what it had put into the emulators. */
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
    // The harness's own pace, not a duration of AWS: the clock has no part in it.
    const pace = new Clock();
    while (!signal.aborted) {
      const poll = ++this.polls;
      const messages = await this.queue.receive();
      for (const message of messages) await this.handle(message);
      if (messages.length) continue;
      this.lastEmptyPoll = poll;
      this.changed.notify();
      await pace.sleep(POLL_MILLIS, signal);
    }
  }

  private async handle(message: PrivateMessage): Promise<void> {
    const refusal = await this.deliver(message.body);
    if (refusal) await this.redrive(message.body, refusal);
    await message.done();
  }

  /** @returns why SNS may not hand it over: a client error, which SNS does not retry */
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
      await sendAsService({ queueArn, principal, body, attributes }, { ...this.deps, sqs: this.clients.sqs });
      this.redriven++;
    } catch (error) {
      this.lost.push({ message: body, error: error as Error });
    }
  }
}

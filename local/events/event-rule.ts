import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { EventPattern } from '../../cli/mapping-filters/event-pattern';
import type { Account } from '../account';
import type { Clock } from '../clock';
import { ruleMetric } from '../cloudwatch/service-metrics';
import type { Authorization } from '../iam/authorization';
import { backoffMillis } from '../mapping/backoff';
import { sendAsServicePrincipal } from '../service-principal';
import type { BusEvent, BusRule } from './event-bus';

export interface EventTarget {
  /** A function's. */
  readonly arn: string;
  readonly deadLetterArn?: string;
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
}

export interface EventRuleSpec {
  readonly ruleArn: string;
  readonly pattern: unknown;
  readonly targets: readonly EventTarget[];
  readonly enabled: boolean;
}

export interface EventRuleDeps {
  readonly account: Account;
  readonly authorizer: Authorization;
  readonly clock: Clock;
  /** The emulators' own endpoints. */
  readonly admin: { readonly sqs: string };
}

export interface LostEvent {
  readonly event: BusEvent;
  readonly targetArn: string;
  readonly error: Error;
}

/** An error that EventBridge does not retry. */
class NotRetriedError extends Error {
  constructor(readonly code: 'NO_PERMISSIONS' | 'NO_RESOURCE', message: string) {
    super(message);
  }
}

/** Why there was no further attempt, as the dead-letter queue's attribute says it. */
type Exhausted = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

/**
 * An EventBridge rule. It adds matching events to the asynchronous queues of its targets. An event that it cannot deliver goes to the
 * target's dead-letter queue: without retries if the function does not exist or denies the invocation.
 */
export class EventRule implements BusRule {
  /** Events delivered to a function. */
  delivered = 0;
  /** Events written to a dead-letter queue. */
  deadLettered = 0;
  /** Events that reached neither the function nor a dead-letter queue. */
  readonly lost: LostEvent[] = [];

  private readonly pattern: EventPattern;
  private readonly closing = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private readonly sqs: SQSClient;
  private readonly leave: () => void;

  /** @throws for a pattern that EventBridge rejects */
  constructor(private readonly spec: EventRuleSpec, private readonly deps: EventRuleDeps) {
    this.pattern = EventPattern.of(spec.pattern);
    const { account, admin } = deps;
    this.sqs = new SQSClient({
      region: account.region,
      endpoint: admin.sqs,
      credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' },
      requestHandler: new NodeHttpHandler(),
      // Queue URLs have the gateway's host. This client must call the emulator instead.
      useQueueUrlAsEndpoint: false,
    });
    this.leave = spec.enabled ? account.events.add(this) : () => undefined;
  }

  matches(event: BusEvent): boolean {
    return this.pattern.matches(event);
  }

  deliver(event: BusEvent): void {
    for (const target of this.spec.targets) {
      const handled: Promise<void> = this.handle(event, target).finally(() => this.running.delete(handled));
      this.running.add(handled);
    }
  }

  /** Resolves when all events so far are delivered, dead-lettered or lost. Does not wait for the functions. */
  async idle(): Promise<void> {
    while (this.running.size) await Promise.all(this.running);
  }

  /** Accepts no more events, drops those that wait for a retry, and waits for those in progress. */
  async close(): Promise<void> {
    this.leave();
    this.closing.abort();
    await this.idle();
    this.sqs.destroy();
  }

  private async handle(event: BusEvent, target: EventTarget): Promise<void> {
    const { account, clock } = this.deps;
    const { signal } = this.closing;
    const delivery = { event, ruleArn: this.spec.ruleArn, targetArn: target.arn };
    const begun = Date.now();
    for (let attempts = 1; !signal.aborted; attempts++) {
      try {
        await account.events.throughMiddleware(delivery, async () => this.invoke(event, target));
        return;
      } catch (error) {
        const retries = attempts - 1;
        if (error instanceof NotRetriedError) return this.deadLetter(event, target, { error, code: error.code, retries });
        const exhausted = exhaustedBy(target, retries, clock.age(begun));
        if (exhausted) return this.deadLetter(event, target, { error: error as Error, code: 'ERROR_FROM_TARGET', retries, exhausted });
        await clock.sleep(backoffMillis(attempts), signal);
      }
    }
  }

  private async invoke(event: BusEvent, { arn }: EventTarget): Promise<void> {
    const { account, authorizer } = this.deps;
    const fn = account.functions.get(arn);
    if (!fn) throw new NotRetriedError('NO_RESOURCE', `Function not found: ${arn}`);
    const { allowed, message } = await authorizer.authorize({ principal: this.principal(), action: 'lambda:InvokeFunction', resource: arn });
    if (!allowed) throw new NotRetriedError('NO_PERMISSIONS', message);
    fn.invokeAsync(event);
    this.delivered++;
  }

  private async deadLetter(
    event: BusEvent,
    { arn, deadLetterArn }: EventTarget,
    { error, code, retries, exhausted }: { error: Error; code: string; retries: number; exhausted?: Exhausted },
  ): Promise<void> {
    if (deadLetterArn === undefined) {
      this.lost.push({ event, targetArn: arn, error });
      return;
    }
    const attributes = {
      RULE_ARN: this.spec.ruleArn,
      TARGET_ARN: arn,
      ERROR_CODE: code,
      ERROR_MESSAGE: error.message.slice(0, 1024),
      RETRY_ATTEMPTS: String(retries),
      ...exhausted && { EXHAUSTED_RETRY_CONDITION: exhausted },
    };
    try {
      const message = { queueArn: deadLetterArn, principal: this.principal(), body: JSON.stringify(event), attributes };
      await sendAsServicePrincipal(message, { ...this.deps, sqs: this.sqs });
      this.deadLettered++;
    } catch (refusal) {
      this.deps.account.metrics.record(ruleMetric('InvocationsFailedToBeSentToDlq', this.spec.ruleArn), 1);
      this.lost.push({ event, targetArn: arn, error: refusal as Error });
    }
  }

  private principal() {
    return { service: 'events.amazonaws.com', sourceArn: this.spec.ruleArn };
  }
}

function exhaustedBy(target: EventTarget, retries: number, ageMillis: number): Exhausted | undefined {
  if (retries >= target.maximumRetryAttempts) return 'MaximumRetryAttempts';
  return ageMillis > target.maximumEventAgeSeconds * 1000 ? 'MaximumEventAgeInSeconds' : undefined;
}

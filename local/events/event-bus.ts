/** An event in the envelope of EventBridge. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** Whole seconds: '2026-11-20T10:00:00Z'. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

/** An attempt to deliver an event to a target. */
export interface EventDelivery {
  readonly event: BusEvent;
  readonly ruleArn: string;
  readonly targetArn: string;
}

/**
 * Runs around every attempt. A wait before `next` delays the event, a second `next` delivers it twice, and an error fails the attempt, which
 * EventBridge then retries.
 */
export type DeliveryMiddleware = (delivery: EventDelivery, next: () => Promise<void>) => Promise<void>;

export interface BusRule {
  matches(event: BusEvent): boolean;
  deliver(event: BusEvent): void;
}

/** The default event bus of the account. */
export class EventBus {
  /** Events that matched a rule. */
  taken = 0;
  private readonly rules = new Set<BusRule>();
  private readonly middleware: DeliveryMiddleware[] = [];

  put(event: BusEvent): void {
    for (const rule of this.rules) {
      if (!rule.matches(event)) continue;
      this.taken++;
      rule.deliver(event);
    }
  }

  /** Adds a rule. Returns a function that removes it. */
  add(rule: BusRule): () => void {
    this.rules.add(rule);
    return () => void this.rules.delete(rule);
  }

  /** Adds middleware around the existing middleware. Returns a function that removes it. */
  use(middleware: DeliveryMiddleware): () => void {
    this.middleware.push(middleware);
    return () => {
      const index = this.middleware.indexOf(middleware);
      if (index >= 0) this.middleware.splice(index, 1);
    };
  }

  /** The middleware that was added last is the outermost. */
  async throughMiddleware(delivery: EventDelivery, last: () => Promise<void>): Promise<void> {
    const wrapped = this.middleware.reduce<() => Promise<void>>((next, middleware) => async () => middleware(delivery, next), last);
    await wrapped();
  }
}

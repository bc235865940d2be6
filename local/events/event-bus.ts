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

/** An attempt to bring an event to a target. */
export interface EventDelivery {
  readonly event: BusEvent;
  readonly ruleArn: string;
  readonly targetArn: string;
}

/**
 * Around every attempt: what waits before `next` makes the event late, a second `next` brings it twice, and what throws has failed,
 * for EventBridge to try again.
 */
export type DeliveryMiddleware = (delivery: EventDelivery, next: () => Promise<void>) => Promise<void>;

export interface BusRule {
  matches(event: BusEvent): boolean;
  deliver(event: BusEvent): void;
}

/** The default event bus of the account. */
export class EventBus {
  /** Events that a rule took. */
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

  /** Returns what takes the rule away again. */
  add(rule: BusRule): () => void {
    this.rules.add(rule);
    return () => void this.rules.delete(rule);
  }

  /** Adds middleware around what is there already. Returns what takes it away again. */
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

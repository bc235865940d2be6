import type { LambdaFunction } from '../../local/functions/lambda-function';
import { requestIdOf } from '../../local/functions/trace-id';
import type { GatewayRequest, Middleware } from '../../local/gateway/types';
import { noFaults, type FaultPlan } from './fault-plan';

export interface FaultInjectorOptions {
  /** The function whose requests meet faults. Lambda's and SNS's own requests never do: losing those is not the function's fault. */
  readonly fn: LambdaFunction;
  /** What a request is about, the same in every run; undefined for requests that are to be left alone. */
  subjectOf(request: GatewayRequest): string | undefined;
}

/** Makes the requests of one function go wrong, as a plan says, and counts. */
export class FaultInjector {
  plan: FaultPlan = noFaults;
  /** How often each fault was met, by `action: fault`. */
  readonly met = new Map<string, number>();
  /** Request ids of the invocations seen, and of those that met a fault. */
  readonly invocations = new Set<string>();
  readonly faultyInvocations = new Set<string>();
  private readonly counts = new Map<string, number>();

  constructor(private readonly options: FaultInjectorOptions) {}

  /** Starts over: counts begin at zero under the new plan. */
  follow(plan: FaultPlan): void {
    this.plan = plan;
    for (const state of [this.met, this.invocations, this.faultyInvocations, this.counts]) state.clear();
  }

  readonly middleware: Middleware = async (request, next) => {
    const invocation = requestIdOf(String(request.headers['x-amzn-trace-id'] ?? ''));
    // Without the header of an invocation it is Lambda itself that writes, with the function's role.
    if (request.roleArn !== this.options.fn.roleArn || invocation === undefined) return next();
    const subject = this.options.subjectOf(request);
    if (subject === undefined) return next();
    this.invocations.add(invocation);
    const { action } = request;
    const fault = this.plan({ action, subject, nth: this.count(action), nthOfSubject: this.count(JSON.stringify([action, subject])) });
    if (!fault || fault.appliesTo?.(request) === false) return next();
    this.faultyInvocations.add(invocation);
    const name = `${action}: ${fault.name}`;
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
    return fault.apply(Object.assign(request, { signal: (signal: NodeJS.Signals) => void this.options.fn.signal(invocation, signal) }), next);
  };

  private count(key: string): number {
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    return count;
  }
}

import type { ChildProcess } from 'node:child_process';
import type { GatewayRequest, Middleware } from '../../local/gateway/types';

/** A moment of a run of the tool, counted in its requests. */
export interface KillPoint {
  /** What the requests are counted from. */
  readonly from: 'the first request' | keyof typeof FIRST;
  /** 1 is that request itself. */
  readonly request: number;
  /** Whether the kill comes before AWS gets the request, or after AWS has processed it and before the response. */
  readonly when: 'before' | 'after';
}

const FIRST = {
  'the first record sent': ['Invoke', 'PutRecords'],
  'the first message sent': ['SendMessage'],
  'the first message deleted': ['DeleteMessage', 'DeleteMessageBatch'],
} as const;

/** Middleware that ends the tool with SIGKILL at this moment. */
export function killAt(point: KillPoint, roleArn: string, child: ChildProcess): Middleware {
  let counted = 0;
  let isDead = false;
  const first: readonly string[] | undefined = point.from === 'the first request' ? undefined : FIRST[point.from];
  const isCounted = ({ action }: GatewayRequest) => counted > 0 || !first || first.includes(action);
  const kill = (request: GatewayRequest) => {
    isDead = true;
    child.kill('SIGKILL');
    request.destroy();
    return undefined;
  };
  return async (request, next) => {
    if (request.roleArn !== roleArn) return next();
    // A killed process can still have requests in flight.
    if (isDead) return kill(request);
    if (!isCounted(request) || ++counted !== point.request) return next();
    if (point.when === 'after') await next();
    return kill(request);
  };
}

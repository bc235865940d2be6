import type { ChildProcess } from 'node:child_process';
import type { GatewayRequest, Middleware } from '../../local/gateway/types';

/** A moment in the work of the tool, by the requests that it makes. */
export interface KillPoint {
  /** What the requests are counted from. */
  readonly from: 'the first request' | 'the first record sent';
  /** 1: that one itself. */
  readonly request: number;
  /** Whether AWS never sees the request, or has done what it asks for and nobody hears of it. */
  readonly when: 'before' | 'after';
}

const SENDING: readonly string[] = ['Invoke', 'PutRecords'];

/** Ends the tool at a moment by SIGKILL: nothing of it runs any more after that, and no answer reaches it. */
export function killAt(point: KillPoint, roleArn: string, child: ChildProcess): Middleware {
  let counted = 0;
  let isDead = false;
  const isCounted = ({ action }: GatewayRequest) => counted > 0 || point.from === 'the first request' || SENDING.includes(action);
  const kill = (request: GatewayRequest) => {
    isDead = true;
    child.kill('SIGKILL');
    request.destroy();
    return undefined;
  };
  return async (request, next) => {
    if (request.roleArn !== roleArn) return next();
    // It was sent by a process that was about to end, and would be cut off.
    if (isDead) return kill(request);
    if (!isCounted(request) || ++counted !== point.request) return next();
    if (point.when === 'after') await next();
    return kill(request);
  };
}

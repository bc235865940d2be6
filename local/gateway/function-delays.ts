import type { Account } from '../account';
import type { Clock } from '../clock';
import type { Middleware } from './types';

/** Shortens the delays that functions give messages, as the speed of a clock says. Operators live in wall time. */
export function shortenDelays(account: Account, clock: Clock): Middleware {
  return async (request, next) => {
    if (request.action !== 'ChangeMessageVisibility' || ![...account.functions.values()].some(({ roleArn }) => roleArn === request.roleArn)) return next();
    const { VisibilityTimeout: seconds } = request.input;
    request.body = Buffer.from(JSON.stringify({ ...request.input, VisibilityTimeout: Math.ceil(Number(seconds) / clock.speed) }));
    return next();
  };
}

import type { Middleware } from '../../local/gateway/types';

/** A queue on this machine is known to be empty at once. Nobody has to wait for messages that other servers might have. */
export const shortPolls: Middleware = async (request, next) => {
  if (request.action === 'ReceiveMessage') request.body = Buffer.from(request.body.toString().replace(/"WaitTimeSeconds":\d+/, '"WaitTimeSeconds":0'));
  return next();
};

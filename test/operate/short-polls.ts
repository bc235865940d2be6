import type { Middleware } from '../../local/gateway/types';

/** Turns long polls into short polls: the emulator has only one server, so an empty response means an empty queue. */
export const shortPolls: Middleware = async (request, next) => {
  if (request.action === 'ReceiveMessage') request.body = Buffer.from(request.body.toString().replace(/"WaitTimeSeconds":\d+/, '"WaitTimeSeconds":0'));
  return next();
};

import type { Clients } from '../../context';
import type { Operation } from './operation';

type Send = (...args: unknown[]) => Promise<unknown>;

/** What the dead wait for: while it is kept, so is what they hold open. */
const graves: Promise<unknown>[] = [];

/**
 * Clients of a process that is killed after so many calls: what it calls then does not happen, and what is under way arrives still.
 * Resolves when it has.
 */
export function killedAfter(calls: number, { sqs, lambda }: Operation): { readonly clients: Partial<Clients>; readonly killed: Promise<void> } {
  let made = 0;
  let kill = () => undefined as void;
  const killed = new Promise<void>((resolve) => (kill = resolve));
  const underWay = new Set<Promise<unknown>>();
  const mortal = <Client extends object>(client: Client): Client => {
    const send: Send = async (...args) => {
      if (made++ >= calls) {
        void Promise.all(underWay).then(kill);
        const end = new Promise(() => undefined);
        graves.push(end);
        return end;
      }
      const call = (client as unknown as { send: Send }).send(...args);
      underWay.add(call.catch(() => undefined));
      return call;
    };
    return { ...client, send };
  };
  return { killed, clients: { sqs: async () => mortal(sqs.client), lambda: async () => mortal(lambda.client) } };
}

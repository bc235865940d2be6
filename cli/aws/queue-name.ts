import { CliError } from '../cli-error';

/** A queue as --queue names it. */
export interface QueueName {
  readonly name: string;
  readonly accountId?: string;
  readonly region?: string;
  /** Where --queue gave it whole. */
  readonly url?: string;
}

const REGION = /^(?:sqs\.)?([a-z]{2}(?:-[a-z]+)+-\d)\./;

/** @throws CliError where it is neither the URL nor the ARN nor the name of a queue */
export function parseQueue(queue: string): QueueName {
  if (queue.startsWith('arn:')) {
    const [, , service, region, accountId, name, ...rest] = queue.split(':');
    if (service === 'sqs' && region && accountId && name && rest.length === 0) return { name, accountId, region };
    throw new CliError(`--queue must be a queue: a URL, an ARN as in arn:aws:sqs:REGION:ACCOUNT:NAME, or a name, got ${queue}`);
  }
  if (/^https?:/.test(queue) && URL.canParse(queue)) {
    const { hostname, pathname } = new URL(queue);
    const [accountId, name, ...rest] = pathname.split('/').filter(Boolean).slice(-2);
    if (accountId && name && rest.length === 0) return { name, accountId, region: REGION.exec(hostname)?.[1], url: queue };
    throw new CliError(`--queue must be a queue: a URL as in https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, an ARN or a name, got ${queue}`);
  }
  if (/^[\w-]{1,80}(\.fifo)?$/.test(queue)) return { name: queue };
  throw new CliError(`--queue must be a queue: a URL, an ARN or a name, got ${queue}`);
}

/** Whether two URLs are those of one queue: AWS has several hosts for each. */
export function isSameQueue(url: string, other: string): boolean {
  const [one, two] = [url, other].map((each) => (URL.canParse(each) ? new URL(each).pathname : each));
  return one === two;
}

/** The region that --queue or --stack say themselves, if they do. */
export function regionOf({ queue, stack }: { readonly queue?: string; readonly stack?: string }): string | undefined {
  if (queue !== undefined) return parseQueue(queue).region;
  return stack?.startsWith('arn:') ? stack.split(':')[3] : undefined;
}

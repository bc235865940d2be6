import { partition } from '@aws-sdk/core/client';
import { CliError } from '../cli-error';

/** A queue as --queue names it. */
export interface QueueName {
  readonly name: string;
  readonly accountId?: string;
  readonly region?: string;
  /** Where --queue gave it whole. */
  readonly url?: string;
}

/** @throws CliError where it is neither the URL nor the ARN nor the name of a queue */
export function parseQueue(queue: string, option = '--queue'): QueueName {
  if (queue.startsWith('arn:')) {
    const [, , service, region, accountId, name, ...rest] = queue.split(':');
    if (service === 'sqs' && region && accountId && name && rest.length === 0) return { name, accountId, region };
    throw new CliError(`${option} must be a queue: a URL, an ARN as in arn:aws:sqs:REGION:ACCOUNT:NAME, or a name, got ${queue}`);
  }
  if (/^https?:/.test(queue) && URL.canParse(queue)) {
    const { hostname, pathname } = new URL(queue);
    const [accountId, name, ...rest] = pathname.split('/').filter(Boolean).slice(-2);
    if (accountId && name && rest.length === 0) return { name, accountId, region: regionOfHost(hostname), url: queue };
    throw new CliError(`${option} must be a queue: a URL as in https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, an ARN or a name, got ${queue}`);
  }
  if (/^[\w-]{1,80}(\.fifo)?$/.test(queue)) return { name: queue };
  throw new CliError(`${option} must be a queue: a URL, an ARN or a name, got ${queue}`);
}

/** Labels of hosts that are no region, though the SDK takes what it does not know for one of the partition `aws`. */
const NO_REGION = new Set(['sqs', 'sqs-fips', 'queue', 'vpce']);

/** The region in the name of an endpoint: public, FIPS, dual-stack, of a VPC or of old, in any partition that the SDK knows. */
function regionOfHost(hostname: string): string | undefined {
  const labels = hostname.split('.');
  const { dnsSuffix: ofAws } = partition('us-east-1');
  if (hostname === `queue.${ofAws}`) return 'us-east-1';
  return labels.find((label, index) => {
    if (NO_REGION.has(label)) return false;
    const { dnsSuffix, dualStackDnsSuffix, ...known } = partition(label);
    const suffix = labels.slice(index + 1).join('.').replace(/^(vpce|queue)\./, '');
    // An emulator has regions in its hosts as well: those that the SDK lists.
    return suffix === dnsSuffix || suffix === dualStackDnsSuffix || 'description' in known;
  });
}

/** Whether two URLs are those of one queue: AWS has several hosts for each. */
export function isSameQueue(url: string, other: string): boolean {
  const [one, two] = [url, other].map((each) => (URL.canParse(each) ? new URL(each).pathname : each));
  return one === two;
}

/** The same where either may be of any region: each can have a queue of that name. */
export function isSameQueueAnywhere(url: string, other: string): boolean {
  if (!URL.canParse(url) || !URL.canParse(other)) return url === other;
  const [one, two] = [url, other].map((each) => regionOfHost(new URL(each).hostname) ?? new URL(each).host);
  return one === two && isSameQueue(url, other);
}

/** The region that --queue or --stack say themselves, if they do. */
export function regionOf({ queue, stack }: { readonly queue?: string; readonly stack?: string }, prefix = ''): string | undefined {
  if (queue !== undefined) return parseQueue(queue, `--${prefix}queue`).region;
  return stack?.startsWith('arn:') ? stack.split(':')[3] : undefined;
}

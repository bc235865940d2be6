import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Context } from '../context';

/** STS answers in milliseconds, or is not reached at all, as from a network that leads to some services only. */
const LONGEST_MILLIS = 5_000;

/**
 * Who is at work: the ARN of the caller, or the access key where STS does not say.
 * @throws where there are no credentials
 */
export async function callerOf({ clients, output }: Pick<Context, 'clients' | 'output'>): Promise<string> {
  const sts = await clients.sts();
  const { accessKeyId } = await sts.config.credentials();
  try {
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal: AbortSignal.timeout(LONGEST_MILLIS) });
    if (Arn !== undefined) return Arn;
  } catch (error) {
    output.warn(`sts:GetCallerIdentity did not say who you are (${(error as Error).name}): the audit log gets the access key id instead`);
  }
  return `access key ${accessKeyId}`;
}

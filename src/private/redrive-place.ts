import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DlqParts } from './dlq-parts';
import { fail } from './fail';
import { areDifferent } from './known';

/** Refuses what the CDK refuses later, with advice for references that no advice helps: Lambda reads queues of its own Region only. */
export function checkRedrivePlace(redrive: Construct, { dlq, queue }: DlqParts): void {
  const [own, there] = [Stack.of(redrive), Stack.of(dlq)];
  // A queue that was given to the StreamDlq may be from elsewhere.
  const region = [there.region, queue.env.region].find((it) => areDifferent(own.region, it));
  if (region === undefined && !areDifferent(own.account, there.account)) return;
  fail(
    redrive,
    `\`dlq\` must be in the account and Region of its RedriveFunction, got: account ${there.account} in ${region ?? there.region} ` +
      `for a RedriveFunction of account ${own.account} in ${own.region}; Lambda reads queues of its own Region only, and the function works on the ` +
      'queues, the buckets and the processors of one account: define it in the stack of the StreamDlq, or in a stack that depends on it, of the same account and Region',
  );
}

import { Stack } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { fail } from './fail';
import { areDifferent, isKnown } from './known';

/** What a tag takes as its value, of what the name of a log group may have. */
const TAG_VALUE = /^[^#]{1,256}$/;

/** The operator's tool learns its name from a tag of the functions, and writes to it where they are. */
export function checkAuditLogGroup(dlq: Construct, logGroup: logs.ILogGroup): void {
  const { logGroupName: name, env } = logGroup;
  const { account, region } = Stack.of(dlq);
  if (areDifferent(account, env.account) || areDifferent(region, env.region)) {
    fail(
      dlq,
      `\`auditLogGroup\` must be in the account and region of its StreamDlq, got: account ${env.account} in ${env.region} ` +
        `for a StreamDlq of account ${account} in ${region}; the operator's tool writes there: give a log group of this account and region`,
    );
  }
  if (!isKnown(name) || TAG_VALUE.test(name)) return;
  fail(
    dlq,
    `\`auditLogGroup\` must have a name without # and of 256 characters at the most, got: ${name}, of ${name.length}; ` +
      'it is the value of a tag of the functions, by which the operator\'s tool finds it: give a log group of another name',
  );
}

import { Stack } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { areDifferent, fail, isKnown } from './checks';

/** What a tag takes as its value, of what the name of a log group may have. */
const TAG_VALUE = /^[^#]{1,256}$/;

/** The operator's tool learns its name from a tag of the functions, and writes to it where they are. */
export function checkAuditLogGroup(dlq: Construct, logGroup: logs.ILogGroup): void {
  const { logGroupName: name, env } = logGroup;
  const { account, region } = Stack.of(dlq);
  if (areDifferent(account, env.account) || areDifferent(region, env.region)) {
    fail(
      dlq,
      `\`auditLogGroup\` must be in the account and Region of its StreamDlq, got: account ${env.account} in ${env.region} for a ` +
        `StreamDlq of account ${account} in ${region}; pass a log group of this account and Region: the operator's tool writes to it`,
    );
  }
  if (!isKnown(name) || TAG_VALUE.test(name)) return;
  fail(
    dlq,
    `\`auditLogGroup\` must have a name of at most 256 characters, without #, got: ${name}, of ${name.length}; pass a log group with ` +
      'another name: the name becomes the value of a tag of the functions',
  );
}

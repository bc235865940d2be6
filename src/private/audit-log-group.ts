import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { checkSameEnvironment, fail, isKnown } from './checks';

/** What a tag takes as its value, of what the name of a log group may have. */
const TAG_VALUE = /^[^#]{1,256}$/;

/** The operator's tool learns its name from a tag of the functions, and writes to it where they are. */
export function checkAuditLogGroup(dlq: Construct, logGroup: logs.ILogGroup): void {
  const { logGroupName: name } = logGroup;
  checkSameEnvironment(dlq, 'auditLogGroup', logGroup, {
    of: 'its StreamDlq',
    what: 'StreamDlq',
    fix: 'pass a log group of this account and Region: the operator\'s tool writes to it',
  });
  if (!isKnown(name) || TAG_VALUE.test(name)) return;
  fail(
    dlq,
    `\`auditLogGroup\` must have a name of at most 256 characters, without #, got: ${name}, of ${name.length}; pass a log group with ` +
      'another name: the name becomes the value of a tag of the functions',
  );
}

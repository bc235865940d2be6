import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { checkSameEnvironment, fail, isKnown } from './checks';

/** What a tag takes as its value, of what the name of a log group may have. */
const TAG_VALUE = /^[^#]{1,256}$/;

/** The operator's tool learns its name from a tag, and writes to it where the resource with the tag is. */
export function checkAuditLogGroup(owner: Construct, logGroup: logs.ILogGroup, what: string, tagged: string): void {
  const { logGroupName: name } = logGroup;
  checkSameEnvironment(owner, 'auditLogGroup', logGroup, {
    of: `its ${what}`,
    what,
    fix: 'pass a log group of this account and Region: the operator\'s tool writes to it',
  });
  if (!isKnown(name) || TAG_VALUE.test(name)) return;
  fail(
    owner,
    `\`auditLogGroup\` must have a name of at most 256 characters, without #, got: ${name}, of ${name.length}; pass a log group with ` +
      `another name: the name becomes the value of a tag of ${tagged}`,
  );
}

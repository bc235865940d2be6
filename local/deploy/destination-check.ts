import type { Authorization } from '../iam/authorization';

interface Needed {
  readonly action: string;
  readonly call: string;
  /** Below the destination. */
  readonly path?: string;
}

const permissions: Readonly<Record<string, readonly Needed[]>> = {
  sns: [{ action: 'sns:Publish', call: 'Publish on SNS' }],
  sqs: [{ action: 'sqs:SendMessage', call: 'SendMessage on SQS' }],
  s3: [{ action: 's3:PutObject', call: 'PutObject on S3', path: '/aws/lambda/' }, { action: 's3:ListBucket', call: 'ListBucket on S3' }],
};

/** Lambda takes a queue, topic or bucket as the place for failed events only if the function's role may write to it at that time. */
export async function checkDestination(
  authorizer: Authorization,
  roleArn: string,
  destinationArn: string,
): Promise<void> {
  for (const { action, call, path = '' } of permissions[destinationArn.split(':')[2]] ?? []) {
    const { allowed, message } = await authorizer.authorize({ principal: { roleArn }, action, resource: `${destinationArn}${path}` });
    if (!allowed) throw new Error(`the provided execution role does not have permissions to call ${call}: ${message}`);
  }
}

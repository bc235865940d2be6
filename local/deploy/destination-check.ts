import type { Authorizer } from '../iam/authorizer';

const permissions: Record<string, { readonly action: string; readonly call: string }> = {
  sns: { action: 'sns:Publish', call: 'Publish on SNS' },
  sqs: { action: 'sqs:SendMessage', call: 'SendMessage on SQS' },
};

/** Lambda takes a queue or topic as the place for failed events only if the function's role may write to it at that time. */
export async function checkDestination(
  authorizer: Pick<Authorizer, 'authorize'>,
  roleArn: string,
  destinationArn: string,
): Promise<void> {
  const permission = permissions[destinationArn.split(':')[2]];
  if (!permission) return;
  const { allowed, message } = await authorizer.authorize({
    principal: { roleArn }, action: permission.action, resource: destinationArn,
  });
  if (!allowed) {
    throw new Error(`the provided execution role does not have permissions to call ${permission.call}: ${message}`);
  }
}

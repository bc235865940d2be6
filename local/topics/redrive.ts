import { sendAsService, ServiceMessageDeps } from '../service-message';

/**
 * Writes a notification to a subscription's redrive queue, as the SNS service would.
 *
 * @throws the refusal
 */
export async function redrive(body: string, error: string, queueArn: string, topicArn: string, deps: ServiceMessageDeps): Promise<void> {
  const principal = { service: 'sns.amazonaws.com', sourceArn: topicArn };
  await sendAsService({ queueArn, principal, body, attributes: { ErrorCode: 403, ErrorMessage: error.slice(0, 1024) } }, deps);
}

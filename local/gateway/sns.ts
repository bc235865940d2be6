import { randomUUID } from 'node:crypto';
import { escapeXml } from './error-bodies';
import {
  known,
  type GatewayResponse,
  type HttpRequest,
  type Operation,
  operationOn,
  required,
  type ServiceAdapter,
  UnsupportedError,
} from './types';

const PUBLISH = { permission: 'Publish', keyActions: ['kms:GenerateDataKey', 'kms:Decrypt'] };

const ACTIONS: Readonly<Record<string, { readonly permission: string; readonly keyActions?: readonly string[] }>> = {
  GetTopicAttributes: { permission: 'GetTopicAttributes' },
  ListSubscriptionsByTopic: { permission: 'ListSubscriptionsByTopic' },
  ListTagsForResource: { permission: 'ListTagsForResource' },
  Publish: PUBLISH,
  PublishBatch: PUBLISH,
};

/** The query protocol of SNS. */
export class SnsAdapter implements ServiceAdapter {
  readonly name = 'sns';
  readonly refusals = {
    access: { code: 'AuthorizationError', status: 403 },
    keyAccess: { code: 'KMSAccessDenied', status: 400 },
    keyMissing: { code: 'KMSNotFound', status: 400 },
    unknownCredentials: { code: 'InvalidClientTokenId', status: 403 },
    noCredentials: { code: 'MissingAuthenticationToken', status: 403 },
  };

  parse(request: HttpRequest): Operation {
    const contentType = request.headers['content-type'] ?? '';
    if (!contentType.startsWith('application/x-www-form-urlencoded')) {
      throw new UnsupportedError(
        `the local gateway speaks SNS in the query protocol, got: ${contentType || 'no content type'}`,
      );
    }
    const input = Object.fromEntries(new URLSearchParams(request.body.toString()));
    const name = required(input, 'Action');
    const action = known(ACTIONS, 'sns', name);
    const resource = input.TopicArn ?? input.TargetArn ?? input.ResourceArn ?? required(input, 'TopicArn');
    return operationOn(resource, { name, input, action: `sns:${action.permission}`, keyActions: action.keyActions });
  }

  error(code: string, message: string, status: number): GatewayResponse {
    const body =
      '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error>'
      + `<Type>${status >= 500 ? 'Receiver' : 'Sender'}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`
      + `</Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
    return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
  }
}

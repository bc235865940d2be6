import { queryError, queryInput } from './query-protocol';
import {
  known,
  type GatewayResponse,
  type HttpRequest,
  type Operation,
  operationOn,
  required,
  type ServiceAdapter,
} from './types';

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

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
    const input = queryInput(request, 'sns');
    const name = required(input, 'Action');
    const action = known(ACTIONS, 'sns', name);
    const resource = input.TopicArn ?? input.TargetArn ?? input.ResourceArn ?? required(input, 'TopicArn');
    return operationOn(resource, { name, input, action: `sns:${action.permission}`, keyActions: action.keyActions });
  }

  error(code: string, message: string, status: number): GatewayResponse {
    return queryError(NAMESPACE, code, message, status);
  }
}

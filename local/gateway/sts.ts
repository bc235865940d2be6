import type { Account } from '../account';
import { callerArn } from '../iam/authorization';
import { queryResponse, queryError, queryInput } from './query-protocol';
import { known, type GatewayRequest, type GatewayResponse, type HttpRequest, type Operation, required, type ServiceAdapter } from './types';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

type Answer = (request: GatewayRequest, account: Account) => string;

/** None takes a permission: not even an explicit deny counts. */
const ACTIONS: Readonly<Record<string, Answer>> = {
  GetCallerIdentity: ({ roleArn }, { accountId }) => {
    const arn = callerArn({ roleArn });
    const userId = `AROA${arn.split('/')[1].toUpperCase()}:${arn.split('/')[2]}`;
    return `<Arn>${arn}</Arn><UserId>${userId}</UserId><Account>${accountId}</Account>`;
  },
};

/** The query protocol of STS. */
export class StsAdapter implements ServiceAdapter {
  readonly name = 'sts';
  readonly refusals = {
    access: { code: 'AccessDenied', status: 403 },
    keyAccess: { code: 'AccessDenied', status: 403 },
    keyMissing: { code: 'AccessDenied', status: 403 },
    unknownCredentials: { code: 'InvalidClientTokenId', status: 403 },
    noCredentials: { code: 'MissingAuthenticationToken', status: 403 },
  };

  parse(request: HttpRequest, account: Account): Operation {
    const input = queryInput(request, 'sts');
    const name = required(input, 'Action');
    const answer = known(ACTIONS, 'sts', name);
    return { name, input, permissions: [], answer: async (seen) => queryResponse(NAMESPACE, name, answer(seen, account)) };
  }

  error(code: string, message: string, status: number): GatewayResponse {
    return queryError(NAMESPACE, code, message, status);
  }
}

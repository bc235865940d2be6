import type { Account, InvocableFunction } from '../account';
import type { ServiceEndpoints } from '../endpoints';
import { type Authorization, requireAccess } from '../iam/authorization';
import { DynamoStream } from './dynamo-stream';
import { KinesisStream } from './kinesis-stream';
import { isConsumerArn, isTableStreamArn, type MappingSpec } from './mapping-spec';
import type { StreamReader } from './stream-reader';

export interface StreamReaderDeps {
  readonly account: Account;
  readonly authorizer: Authorization;
  /** The gateway's. */
  readonly endpoints: Pick<ServiceEndpoints, 'kinesis' | 'dynamodb'>;
  /** The emulators' own endpoints. Required for a stream consumer, because no emulator has its HTTP/2 subscription. */
  readonly admin?: Pick<ServiceEndpoints, 'kinesis'>;
}

/**
 * Creates the reader of a mapping's stream, which uses the function's role. For a Kinesis stream consumer, the role needs the actions of
 * enhanced fan-out, and the administrator reads the shards, because no emulator has the HTTP/2 subscription.
 */
export function createStreamReader(
  { eventSourceArn, streamArn }: MappingSpec,
  fn: InvocableFunction,
  { account, admin, authorizer, endpoints }: StreamReaderDeps,
): StreamReader {
  if (isTableStreamArn(streamArn)) {
    const credentials = account.credentialsFor(fn.roleArn);
    return new DynamoStream({ streamArn, awsRegion: account.region, endpoint: endpoints.dynamodb, credentials });
  }
  const names = { streamArn, eventSourceARN: eventSourceArn, invokeIdentityArn: fn.roleArn, awsRegion: account.region };
  if (!isConsumerArn(eventSourceArn)) {
    return new KinesisStream({ ...names, endpoint: endpoints.kinesis, credentials: account.credentialsFor(fn.roleArn) });
  }
  return new KinesisStream({
    ...names,
    endpoint: admin!.kinesis,
    credentials: { accessKeyId: 'admin', secretAccessKey: 'admin', sessionToken: 'admin' },
    authorize: async (action) => requireAccess(authorizer, { principal: { roleArn: fn.roleArn }, action, resource: eventSourceArn }),
  });
}

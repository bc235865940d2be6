import type { InvocableFunction } from '../account';
import { DynamoStream } from './dynamo-stream';
import type { MappingDeps } from './event-source-mapping';
import { KinesisStream } from './kinesis-stream';
import { isConsumerArn, isTableStreamArn, type MappingSpec } from './mapping-spec';
import type { StreamPort } from './stream-port';

/**
 * The stream of a mapping, read with the role of its function. For a Kinesis consumer, whose HTTP/2 subscription no emulator has, the
 * role is asked for the actions of enhanced fan-out, and the shards are read as the administrator.
 */
export function openStream(
  { eventSourceArn, streamArn }: MappingSpec,
  fn: InvocableFunction,
  { account, admin, authorizer, endpoints }: MappingDeps,
): StreamPort {
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
    authorize: async (action) => {
      const principal = { roleArn: fn.roleArn };
      const { allowed, message } = await authorizer.authorize({ principal, action, resource: eventSourceArn });
      if (!allowed) throw Object.assign(new Error(message), { name: 'AccessDeniedException' });
    },
  });
}

import { HeadObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import type { Account } from '../account';
import { objectCreatedEvent } from './object-created';

/** The administrator's client goes past the gateway: what it puts into a bucket is told of from here. */
export function publishObjectEvents(s3: S3Client, account: Account): void {
  s3.middlewareStack.add((next, { commandName }) => async (args) => {
    const result = await next(args);
    const { Bucket: bucket, Key: key } = args.input as PutObjectCommandInput;
    if (commandName === 'PutObjectCommand' && account.eventBridgeBuckets.has(bucket!)) {
      const { ContentLength: size, ETag: etag } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      account.events.put(objectCreatedEvent({ bucket: bucket!, key: key!, size: size!, etag: etag!.replaceAll('"', ''), reason: 'PutObject' }, account));
    }
    return result;
  }, { step: 'initialize', name: 'tellOfObjects' });
}

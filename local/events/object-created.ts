import { randomBytes, randomUUID } from 'node:crypto';
import type { Account } from '../account';
import type { BusEvent } from './event-bus';

export interface CreatedObject {
  readonly bucket: string;
  readonly key: string;
  /** Not known of a copy. */
  readonly size?: number;
  /** Without the quotes that the header has. */
  readonly etag: string;
  readonly reason: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';
}

let sequence = 0;

/** What S3 tells EventBridge of a new object in a bucket without versions. */
export function objectCreatedEvent({ bucket, key, size, etag, reason }: CreatedObject, account: Account): BusEvent {
  const now = new Date();
  return {
    'version': '0',
    'id': randomUUID(),
    'detail-type': 'Object Created',
    'source': 'aws.s3',
    'account': account.accountId,
    'time': `${now.toISOString().slice(0, '2026-11-20T10:00:00'.length)}Z`,
    'region': account.region,
    'resources': [`arn:${account.partition}:s3:::${bucket}`],
    'detail': {
      'version': '0',
      'bucket': { name: bucket },
      'object': { key, size, etag, sequencer: sequencer(now) },
      'request-id': randomBytes(8).toString('hex').toUpperCase(),
      'requester': account.accountId,
      'source-ip-address': '127.0.0.1',
      'reason': reason,
    },
  };
}

/** Hexadecimal, and greater for what came later. */
function sequencer(now: Date): string {
  return `${now.getTime().toString(16).padStart(12, '0')}${(sequence++ % 0x100000).toString(16).padStart(6, '0')}`.toUpperCase();
}

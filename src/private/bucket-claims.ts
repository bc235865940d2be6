import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { StreamSource } from '../stream-source';
import { Claims } from './claims';
import { fail } from './fail';
import { identityOfStream } from './source-of-mapping';

interface Claim {
  readonly dlq: IConstruct;
  readonly stream?: string;
}

/** Buckets that Lambda writes failed batches to, by name, each with the `StreamDlq`s whose rule is for it. */
const bucketsInUse = new Claims<Claim>();

/** A bucket may serve several streams, each with one `StreamDlq`: two of one stream would each get the dead letters of both. */
export function claimBucket(dlq: Construct, prop: string, bucket: s3.IBucket, source: StreamSource): void {
  const stream = identityOfStream(source.streamArn);
  const claims = bucketsInUse.on(dlq, bucket.bucketName);
  const other = stream && claims.find((it) => it.stream === stream);
  if (other) {
    fail(
      dlq,
      `\`${prop}\` must serve one StreamDlq of a stream only, got: a bucket that '${other.dlq.node.path}' takes failed batches of ` +
        `${stream} from; share that StreamDlq instead, or give each a bucket`,
    );
  }
  claims.push({ dlq, stream });
}

/** Whether several `StreamDlq`s of the app take failed batches from a bucket: once all are defined. */
export function isClaimedByMany(dlq: Construct, bucket: s3.IBucket): boolean {
  return bucketsInUse.on(dlq, bucket.bucketName).length > 1;
}

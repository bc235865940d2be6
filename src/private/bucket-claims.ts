import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { StreamSource } from '../stream-source';
import { fail } from './fail';
import { identityOfStream } from './source-of-mapping';

interface Claim {
  readonly dlq: IConstruct;
  readonly stream?: string;
}

/** Buckets that Lambda writes failed batches to, by app and name, each with the `StreamDlq`s whose rule is for it. */
const bucketsInUse = new WeakMap<IConstruct, Map<string, Claim[]>>();

/** A bucket may serve several streams, each with one `StreamDlq`: two of one stream would each get the dead letters of both. */
export function claimBucket(dlq: Construct, prop: string, bucket: s3.IBucket, source: StreamSource): void {
  const stream = identityOfStream(source.streamArn);
  const claims = claimsOn(dlq, bucket);
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
  return claimsOn(dlq, bucket).length > 1;
}

function claimsOn(dlq: Construct, { bucketName }: s3.IBucket): Claim[] {
  const buckets = bucketsInUse.get(dlq.node.root) ?? new Map<string, Claim[]>();
  bucketsInUse.set(dlq.node.root, buckets);
  const claims = buckets.get(bucketName) ?? [];
  buckets.set(bucketName, claims);
  return claims;
}

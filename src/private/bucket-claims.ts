import { Token } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { StreamSource } from '../stream-source';
import { Claims } from './claims';
import { fail } from './fail';
import { ownResource } from './own-resource';
import { identityOfStream } from './source-of-mapping';

interface Claim {
  readonly dlq: IConstruct;
  readonly stream?: string;
}

/** Buckets that Lambda writes failed batches to, by name, each with the `StreamDlq`s whose rule is for it. */
const bucketsInUse = new Claims<Claim>();

/**
 * A bucket may serve several streams, each with one `StreamDlq`: two of one stream would each get the dead letters of both.
 *
 * Returns whether others may take failed batches from it as well, to be asked once all are defined: of a bucket that this app
 * defines its `StreamDlq`s tell, of an imported one nobody knows.
 */
export function claimBucket(dlq: Construct, prop: string, bucket: s3.IBucket, source: StreamSource): () => boolean {
  const stream = identityOfStream(source.streamArn);
  const resource = ownResource<s3.CfnBucket>(bucket, 'AWS::S3::Bucket');
  const claims = bucketsInUse.on(dlq, nameOf(bucket, resource));
  const other = stream && claims.find((it) => it.stream === stream);
  if (other) {
    fail(
      dlq,
      `\`${prop}\` must serve one StreamDlq of a stream only, got: a bucket that '${other.dlq.node.path}' takes failed batches of ` +
        `${stream} from; share that StreamDlq instead, or give each a bucket`,
    );
  }
  claims.push({ dlq, stream });
  return () => resource === undefined || claims.length > 1;
}

/** The physical name where the app sets one, rather than a token: it may define a bucket in one place and import it by name in another. */
function nameOf(bucket: s3.IBucket, resource: s3.CfnBucket | undefined): string {
  const given = resource?.bucketName;
  return given && !Token.isUnresolved(given) ? given : bucket.bucketName;
}

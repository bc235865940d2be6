import { Annotations, AspectPriority, Aspects } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { identityOfStream, isMappingResource } from './source-of-mapping';
import { isOfGlobalTable } from './table-stream';

/** How many may read a shard of a table's stream at a time. */
const READERS_PER_SHARD = 2;

const CONSEQUENCE =
  'while a failed batch is read again, all of them may be throttled, and mappings fall behind: FailureCapture.s3() as `capture` reads nothing again';

/** Warns at synth where a hydrate function is one reader too many for the shards of a table's stream, once all mappings and replicas are there. */
export function warnOfReaders(dlq: IConstruct, streamArn: string): void {
  Aspects.of(dlq).add(
    {
      visit: (node) => {
        if (node !== dlq) return;
        const mappings = mappingsOf(streamArn, dlq.node.root);
        if (isOfGlobalTable(streamArn)) {
          Annotations.of(dlq).addWarningV2(
            'cdk-stream-dlq:globalTableReaders',
            'the stream of a global table should have one reader, AWS advises, got: ' +
              `a hydrate function beside the mapping of '${identityOfStream(streamArn)}'; ${CONSEQUENCE}`,
          );
        }
        if (mappings >= READERS_PER_SHARD) {
          Annotations.of(dlq).addWarningV2(
            'cdk-stream-dlq:readersPerShard',
            `the stream of a table should have ${READERS_PER_SHARD} readers at the most, which is the limit of DynamoDB, got: ` +
              `a hydrate function beside ${mappings} mappings of '${identityOfStream(streamArn)}'; ${CONSEQUENCE}`,
          );
        }
      },
    },
    // After all others: they may still add a mapping or a replica.
    { priority: AspectPriority.READONLY },
  );
}

/** How many mappings of the app are known to read a stream, whichever construct or stack they belong to. */
function mappingsOf(streamArn: string, app: IConstruct): number {
  const stream = identityOfStream(streamArn);
  if (stream === undefined) return 0;
  return app.node.findAll().filter((it) => isMappingResource(it) && it.enabled !== false && identityOfStream(it.eventSourceArn) === stream).length;
}

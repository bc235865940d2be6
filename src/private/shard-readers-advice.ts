import { Annotations, IAspect } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { identityOfStream, isMappingResource } from './source-of-mapping';
import { isOfGlobalTable } from './table-stream';

/** How many may read a shard of a table's stream at a time. */
const READERS_PER_SHARD = 2;

const ALTERNATIVE = 'FailureCapture.s3() reads nothing again';

/**
 * Warns where a hydrate function is one reader too many for the shards of a table's stream. At the end of synth, when all
 * mappings and replicas are there.
 */
export class ShardReadersAdvice implements IAspect {
  constructor(
    private readonly dlq: IConstruct,
    private readonly streamArn: string,
  ) {}

  visit(node: IConstruct): void {
    if (node !== this.dlq) return;
    this.adviseOnGlobalTable();
    this.adviseOnMappings();
  }

  private adviseOnGlobalTable(): void {
    if (!isOfGlobalTable(this.streamArn)) return;
    Annotations.of(this.dlq).addWarningV2(
      'cdk-stream-dlq:globalTableReaders',
      'one reader for each shard is what AWS advises for a global table, got: a hydrate function beside the mapping of ' +
        `'${identityOfStream(this.streamArn)}'; while failed batches are read again, that and the mapping may throttle each other; ${ALTERNATIVE}`,
    );
  }

  private adviseOnMappings(): void {
    const stream = identityOfStream(this.streamArn);
    if (stream === undefined) return;
    // Those of other constructs and stacks, too: a shard has its readers from wherever they come.
    const mappings = this.dlq.node.root.node
      .findAll()
      .filter((it) => isMappingResource(it) && identityOfStream(it.eventSourceArn) === stream);
    if (mappings.length < READERS_PER_SHARD) return;
    Annotations.of(this.dlq).addWarningV2(
      'cdk-stream-dlq:readersPerShard',
      `at most ${READERS_PER_SHARD} readers of a shard is what DynamoDB allows, got: a hydrate function beside ${mappings.length} mappings of ` +
        `'${stream}'; while failed batches are read again, they may throttle each other; ${ALTERNATIVE}`,
    );
  }
}

/** The decoder that the types of aws-kinesis-agg leave out. Its own `deaggregate` gives records without a hash key that of another record. */
declare module 'aws-kinesis-agg/lib/common' {
  interface AggregatedRecord {
    readonly partition_key_table: readonly string[];
    readonly explicit_hash_key_table: readonly string[];
    readonly records: readonly {
      readonly partition_key_index: number;
      readonly explicit_hash_key_index: number;
      readonly data: Uint8Array;
    }[];
  }
  export const AggregatedRecord: { decode(message: Uint8Array): AggregatedRecord };
}

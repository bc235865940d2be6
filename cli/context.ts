import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { STSClient } from '@aws-sdk/client-sts';
import type { Dlq } from './dlq';
import type { ExitCode } from './exit-code';
import type { Output } from './output/output';

/** Clients of the services, each made, and its module loaded, when it is first asked for. */
export interface Clients {
  sqs(): Promise<SQSClient>;
  s3(): Promise<S3Client>;
  lambda(): Promise<LambdaClient>;
  kinesis(): Promise<KinesisClient>;
  dynamodb(): Promise<DynamoDBClient>;
  tableStreams(): Promise<DynamoDBStreamsClient>;
  sts(): Promise<STSClient>;
  logs(): Promise<CloudWatchLogsClient>;
  /** Of any Region, one for each. It tries nothing again: its calls are paced. */
  logReader(region: string): Promise<CloudWatchLogsClient>;
  tagging(): Promise<ResourceGroupsTaggingAPIClient>;
}

/** Options that every command has. */
export interface GlobalOptions {
  /** URL, ARN or name. */
  readonly queue?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
  readonly json: boolean;
}

/** A queue that a command names beside, or instead of, that of --queue and --stack. */
export interface NamedQueue extends Pick<GlobalOptions, 'queue' | 'stack'> {
  /** What stands before `queue` and `stack` in the names of the options. */
  readonly prefix?: '' | 'to-';
  /** Whether the functions around the queue are of no interest: to find them takes permissions. */
  readonly isAlone?: boolean;
}

/** What a command works with. */
export interface Context {
  readonly options: GlobalOptions;
  readonly clients: Clients;
  readonly output: Output;
  /** Aborted by the first Ctrl-C: begin nothing new, bring to its end what is under way. */
  readonly stopped: AbortSignal;
  /** Aborted by the second one: let go of everything. */
  readonly aborted: AbortSignal;
  /** The queue that --queue or --stack names, or another one, and what belongs to it. @throws CliError */
  dlq(named?: NamedQueue): Promise<Dlq>;
}

/** The code of a command, loaded when it is run. */
export interface CommandModule<Options> {
  run(context: Context, args: readonly string[], options: Options): Promise<ExitCode>;
}

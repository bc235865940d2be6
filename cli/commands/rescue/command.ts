import { Option } from 'commander';
import { CliError } from '../../cli-error';
import type { CommandDefinition } from '../../command-definition';
import { changeOptions, countReceivesOption, wholeNumber } from '../options';
import { objectPrefixIn } from './object-prefix';
import { policyCommand } from './policy-command';
import type { RescueOptions } from './run';

export const rescue: CommandDefinition<RescueOptions> = {
  name: 'rescue',
  summary: 'make dead letters of plain failure records, without any construct deployed',
  description: [
    'Reads the failure records that Lambda (or EventBridge Pipes) sent to a queue or topic, reads their records from the stream with your own ' +
      'credentials while the stream still has them, and writes whole dead letters to a file. "redrive --from FILE" sends them; "import FILE" puts ' +
      'them into the queue of a StreamDlq.',
    'The source is --queue, or --from: a file of failure records or messages (JSON, JSON Lines, or what "aws sqs receive-message" prints), or ' +
      's3://bucket/prefix with the invocation records of an S3 OnFailure destination, which hold the records already.',
    'Batches that leave their stream first are read first. Each shard is read at most about twice a second, because its mapping reads it too. ' +
      'After an interruption, run the same command to continue: the file shows what is done.',
    'With --to-queue or --to-stack, the dead letters are then sent to the queue of a StreamDlq, PARTIAL and EXPIRED ones too; FILE.imported records ' +
      'what was sent. With --delete, the messages of dead letters that are safe are then deleted from the old queue: those in the file and, if a ' +
      'queue is named, accepted by that queue. All other messages stay.',
  ].join('\n\n'),
  options: [
    new Option('--from <location>', 'read failure records from a file or from s3://bucket/prefix instead of --queue').conflicts(['queue', 'stack']),
    new Option('--to-file <file>', 'write dead letters to this file, or continue it').default('rescued.jsonl'),
    new Option('--to-queue <queue>', 'then send the dead letters to this dead-letter queue: URL, ARN or name').conflicts('toStack'),
    new Option('--to-stack <name>', 'then send the dead letters to the dead-letter queue of this CloudFormation stack: name or ARN'),
    new Option('--delete', 'then delete the failure records from the old queue whose dead letters are safe').conflicts('from').default(false),
    new Option('--undeliverables', 'read the undeliverable queue: failure records that could not become a dead letter').conflicts('from').default(false),
    new Option('-n, --dry-run', 'show how many batches the streams still have and until when; read no stream and write no file').default(false),
    new Option('-c, --concurrency <count>', 'shards to read at the same time, 1 to 64').argParser(wholeNumber(1, 64)).default(8),
    countReceivesOption(),
    ...changeOptions(),
  ],
  examples: [
    { command: 'rescue --queue orders-on-failure --dry-run', does: 'what can still be read, and until when' },
    { command: 'rescue --queue orders-on-failure --to-file rescued.jsonl', does: 'write what the streams still have to a file' },
    {
      command: 'rescue --queue orders-on-failure --to-stack Orders --delete',
      does: 'once a StreamDlq is deployed: move what waits in the old queue',
    },
    { command: 'rescue --from s3://orders-on-failure/aws/lambda/', does: 'the same of failed batches that Lambda wrote to S3' },
  ],
  needs:
    'sqs:GetQueueUrl, sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:ChangeMessageVisibility; kinesis:GetShardIterator, kinesis:GetRecords, ' +
    'kinesis:DescribeStreamSummary; dynamodb:GetShardIterator, dynamodb:GetRecords; s3:ListBucket, s3:GetObject for s3://; kms:Decrypt where a ' +
    'queue, stream or bucket has a KMS key; sqs:DeleteMessage with --delete; what "import" needs with --to-queue and --to-stack. "policy --rescue" ' +
    'prints it',
  policyCommand,
  check(_args, { from }) {
    if (from?.startsWith('s3:') && !objectPrefixIn(from)) throw new CliError(`--from must be a file or s3://bucket/prefix, got: ${from}`);
  },
  load: () => import('./run.js'),
};

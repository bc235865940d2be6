import { Option } from 'commander';
import { CliError } from '../../cli-error';
import type { CommandDefinition } from '../../command-definition';
import { repeated } from '../options';
import { objectPrefixIn } from '../rescue/object-prefix';
import type { PolicyOptions } from './run';

const STREAM_ARN = /^arn:[^:]+:(kinesis:[^:]+:\d{12}:stream\/[\w.-]+|dynamodb:[^:]+:\d{12}:table\/[\w.-]+\/stream\/\S+)(\/consumer\/\S+)?$/;
const FUNCTION_ARN = /^arn:[^:]+:lambda:[^:]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;

export const policy: CommandDefinition<PolicyOptions> = {
  name: 'policy',
  summary: 'print the IAM policy that an operator of the queue needs',
  description:
    'Prints an identity-based IAM policy with the ARNs of the queue and its resources. Run this command as an administrator, and attach the policy ' +
    'to the role of the people who work with the dead letters. In a CDK app, `dlq.grantOperatorRead`, `dlq.grantOperatorRedrive` and ' +
    '`dlq.grantReadLogs` grant the same.',
  options: [
    new Option('--read', 'allow to look: ls, show, export').conflicts(['redrive', 'rescue']),
    new Option('--redrive', 'allow to look and to change: redrive, rehydrate, discard, import').conflicts('rescue'),
    new Option('--rescue', 'allow rescue, and nothing else: --queue is the queue with the failure records'),
    new Option('--to-stream', 'with --redrive: also allow redrive --to-stream'),
    new Option('--remote', 'with --redrive: also allow redrive --remote'),
    new Option('--logs', 'also allow to read the logs of the processors: why they failed'),
    new Option('--processor <arn>', 'function to send dead letters to, or with a log to read; repeatable (default: the functions that fill this queue)')
      .argParser(repeated),
    new Option('--delete', 'with --rescue: also allow rescue --delete'),
    new Option('--to-queue <queue>', 'with --rescue: also allow rescue --to-queue with this queue').conflicts('toStack'),
    new Option('--to-stack <name>', 'with --rescue: also allow rescue --to-stack with this stack'),
    new Option('--from <location>', 'with --rescue: allow rescue --from s3://bucket/prefix instead of --queue').conflicts(['queue', 'stack']),
    new Option('--stream <arn>', 'with --rescue: stream to read; repeatable (default: streams whose mappings name the queue or bucket)').argParser(repeated),
  ],
  examples: [
    { command: 'policy --read --logs --stack Orders', does: 'for people who only look, and may read the logs of the processors' },
    {
      command: 'policy --redrive --to-stream --queue https://sqs.eu-west-1.amazonaws.com/123456789012/Dlq > policy.json',
      does: 'for people who also send dead letters again',
    },
    {
      command: 'policy --redrive --logs --processor arn:aws:lambda:eu-west-1:123456789012:function:orders',
      does: 'for people who send the dead letters of a file (--from)',
    },
    { command: 'policy --rescue --queue orders-on-failure --to-stack Orders --delete', does: 'for people who rescue failure records' },
  ],
  needs:
    'tag:GetResources, lambda:GetFunctionConfiguration, sqs:GetQueueAttributes; for processors and streams ' +
    'lambda:ListEventSourceMappings; for --logs lambda:GetFunctionConfiguration of the processors; for KMS keys s3:GetEncryptionConfiguration, kinesis:DescribeStreamSummary and dynamodb:DescribeTable',
  check: (_args, options) => {
    const { read, redrive, rescue, toStream, remote, logs, processor } = options;
    if (!read && !redrive && !rescue) throw new CliError('policy needs --read (look only), --redrive (look and change) or --rescue.');
    checkRescue(options);
    const extra = [[toStream, '--to-stream'], [remote, '--remote']].find(([given]) => given);
    if (extra && !redrive) throw new CliError(`${String(extra[1])} needs --redrive.`);
    if (processor && !redrive && !logs) throw new CliError('--processor needs --redrive or --logs.');
    const wrong = processor?.find((arn) => !FUNCTION_ARN.test(arn));
    if (wrong !== undefined) throw new CliError(`--processor must be the ARN of a function, got: ${wrong}`);
  },
  load: () => import('./run.js'),
};

/** @throws CliError */
function checkRescue({ rescue, logs, delete: deletes, toQueue, toStack, from, stream }: PolicyOptions): void {
  const only = Object.entries({ '--delete': deletes, '--to-queue': toQueue, '--to-stack': toStack, '--from': from, '--stream': stream });
  const [extra] = only.find(([, given]) => given) ?? [];
  if (extra !== undefined && !rescue) throw new CliError(`${extra} needs --rescue.`);
  if (rescue && logs) throw new CliError('--logs cannot be used with --rescue: rescue reads no log. Leave one of them out.');
  if (from !== undefined && !objectPrefixIn(from)) throw new CliError(`--from must be s3://bucket/prefix, got: ${from}; for a file give --stream instead`);
  const wrong = stream?.find((arn) => !STREAM_ARN.test(arn));
  if (wrong !== undefined) throw new CliError(`--stream must be the ARN of a Kinesis stream or of the stream of a table, got: ${wrong}`);
}

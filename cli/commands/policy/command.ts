import { Option } from 'commander';
import { CliError } from '../../cli-error';
import type { CommandDefinition } from '../../command-definition';
import { repeated } from '../options';
import type { PolicyOptions } from './run';

const FUNCTION_ARN = /^arn:[^:]+:lambda:[^:]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;

export const policy: CommandDefinition<PolicyOptions> = {
  name: 'policy',
  summary: 'print the IAM policy that an operator of the queue needs',
  description:
    'Prints an identity-based IAM policy with the ARNs of the queue and its resources. Run this command as an administrator, and attach the policy ' +
    'to the role of the people who work with the dead letters. In a CDK app, `dlq.grantOperatorRead`, `dlq.grantOperatorRedrive` and ' +
    '`dlq.grantReadLogs` grant the same.',
  options: [
    new Option('--read', 'allow to look: ls, show, export').conflicts('redrive'),
    new Option('--redrive', 'allow to look and to change: redrive, rehydrate, discard, import'),
    new Option('--to-stream', 'with --redrive: also allow redrive --to-stream'),
    new Option('--remote', 'with --redrive: also allow redrive --remote'),
    new Option('--logs', 'also allow to read the logs of the processors: why they failed'),
    new Option('--processor <arn>', 'function to send dead letters to, or with a log to read; repeatable (default: the functions that fill this queue)')
      .argParser(repeated),
  ],
  examples: [
    { command: 'policy --read --logs --stack Orders', does: 'for people who only look, and may read the logs of the processors' },
    {
      command: 'policy --redrive --to-stream --queue https://sqs.eu-west-1.amazonaws.com/123456789012/Dlq > policy.json',
      does: 'for people who also send dead letters again',
    },
  ],
  needs:
    'tag:GetResources, lambda:GetFunctionConfiguration, sqs:GetQueueAttributes; for processors and streams lambda:ListEventSourceMappings and ' +
    'lambda:GetPolicy; for --logs lambda:GetFunctionConfiguration of the processors; for KMS keys s3:GetEncryptionConfiguration and kinesis:DescribeStreamSummary',
  check: (_args, { read, redrive, toStream, remote, logs, processor }) => {
    if (!read && !redrive) throw new CliError('policy needs --read (look only) or --redrive (look and change).');
    const extra = [[toStream, '--to-stream'], [remote, '--remote']].find(([given]) => given);
    if (extra && !redrive) throw new CliError(`${String(extra[1])} needs --redrive.`);
    if (processor && !redrive && !logs) throw new CliError('--processor needs --redrive or --logs.');
    const wrong = processor?.find((arn) => !FUNCTION_ARN.test(arn));
    if (wrong !== undefined) throw new CliError(`--processor must be the ARN of a function, got: ${wrong}`);
  },
  load: () => import('./run.js'),
};

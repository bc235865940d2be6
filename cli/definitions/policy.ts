import { Option } from 'commander';
import { CliError } from '../cli-error';
import type { CommandDefinition } from '../command-definition';
import { repeated } from './parse';

export interface PolicyOptions {
  readonly read?: boolean;
  readonly redrive?: boolean;
  readonly toStream?: boolean;
  readonly remote?: boolean;
  readonly processor?: readonly string[];
}

const FUNCTION_ARN = /^arn:[^:]+:lambda:[^:]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;

export const policy: CommandDefinition<PolicyOptions> = {
  name: 'policy',
  summary: 'print the IAM policy that an operator of the queue needs',
  description:
    'Prints an identity policy, with the ARNs of this queue and of what belongs to it, for the people or the role that work with its dead ' +
    'letters. Run it with permissions that may look around; attach what it prints to those that may not. In a CDK app `dlq.grantRead` and ' +
    '`dlq.grantRedrive` give the same.',
  options: [
    new Option('--read', 'to look: ls, show, export').conflicts('redrive'),
    new Option('--redrive', 'to look and to change: redrive, rehydrate, discard, import'),
    new Option('--to-stream', 'with --redrive: redrive --to-stream as well'),
    new Option('--remote', 'with --redrive: redrive --remote as well'),
    new Option('--processor <arn>', 'with --redrive: a function to send to; may be repeated (default: those that deliver to the queue)').argParser(repeated),
  ],
  examples: [
    { command: 'policy --read --stack Orders', does: 'for whoever only looks' },
    { command: 'policy --redrive --to-stream --queue https://sqs.eu-west-1.amazonaws.com/123456789012/Dlq > policy.json', does: 'for whoever sends again' },
  ],
  needs:
    'tag:GetResources, lambda:GetFunctionConfiguration, sqs:GetQueueAttributes; for processors and streams lambda:ListEventSourceMappings and ' +
    'lambda:GetPolicy; for KMS keys s3:GetEncryptionConfiguration and kinesis:DescribeStreamSummary',
  check: (_args, { read, redrive, toStream, remote, processor }) => {
    if (!read && !redrive) throw new CliError('give --read (look only) or --redrive (look and change)');
    const extra = [[toStream, '--to-stream'], [remote, '--remote'], [processor, '--processor']].find(([given]) => given);
    if (extra && !redrive) throw new CliError(`${String(extra[1])} goes with --redrive only`);
    const strange = processor?.find((arn) => !FUNCTION_ARN.test(arn));
    if (strange !== undefined) throw new CliError(`--processor must be the ARN of a function, got ${strange}`);
  },
  load: () => import('../commands/policy.js'),
};

import type { PolicyDocument } from '../account';

const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

/** AWS managed policies, by the part of the ARN after `policy/`, with the actions that AWS lists for them. */
const actions: Record<string, readonly string[]> = {
  'service-role/AWSLambdaBasicExecutionRole': logs,
  'service-role/AWSLambdaKinesisExecutionRole': [
    'kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator',
    'kinesis:ListShards', 'kinesis:ListStreams', 'kinesis:SubscribeToShard', ...logs,
  ],
  'service-role/AWSLambdaDynamoDBExecutionRole': [
    'dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams', ...logs,
  ],
  'service-role/AWSLambdaSQSQueueExecutionRole': [
    'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', ...logs,
  ],
  'AWSXRayDaemonWriteAccess': [
    'xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets',
    'xray:GetSamplingStatisticSummaries',
  ],
};

export function awsManagedPolicy(arn: string): PolicyDocument {
  const [, name] = /^arn:[^:]+:iam::aws:policy\/(.+)$/.exec(arn) ?? [];
  const allowed = name === undefined ? undefined : actions[name];
  if (!allowed) {
    const known = Object.keys(actions).join(', ');
    throw new Error(`managed policy ${arn} is unknown: deploy it, write its statements out, or use one of AWS's own: ${known}`);
  }
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: allowed, Resource: '*' }] };
}

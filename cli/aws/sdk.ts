/** The modules of the SDK, each loaded when it is first asked for: loading one takes longer than all the rest of the start. */
export const sdk = {
  sqs: () => import('@aws-sdk/client-sqs'),
  s3: () => import('@aws-sdk/client-s3'),
  lambda: () => import('@aws-sdk/client-lambda'),
  kinesis: () => import('@aws-sdk/client-kinesis'),
  dynamodb: () => import('@aws-sdk/client-dynamodb'),
  tableStreams: () => import('@aws-sdk/client-dynamodb-streams'),
  sts: () => import('@aws-sdk/client-sts'),
  logs: () => import('@aws-sdk/client-cloudwatch-logs'),
  /** How processors are invoked, here as in the redrive function. */
  invoke: () => import('../../lambda/shared/redrive/invoke-options.js'),
  /** How records are put. */
  put: () => import('../../lambda/shared/redrive/put-retry.js'),
  http: () => import('@smithy/node-http-handler'),
  /** Those of the SDK's own chain, where they are not made by each client. */
  credentials: () => import('@aws-sdk/credential-provider-node'),
  /** The reader of the config file and the credentials file. */
  config: () => import('@smithy/core/config'),
  proxy: () => import('./proxy-handler.js'),
  tagging: () => import('@aws-sdk/client-resource-groups-tagging-api'),
};

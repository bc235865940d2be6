import * as path from 'node:path';
import { Account } from '../account';
import type { GatewayEndpoints, ServiceEndpoints } from '../endpoints';
import { FunctionSpec, logGroupNameOf, versionOf } from './function-spec';

/** Every variable an instance gets. Nothing of this process's own environment is passed on. */
export function functionEnvironment(
  spec: FunctionSpec,
  logStreamName: string,
  account: Account,
  endpoints: ServiceEndpoints | GatewayEndpoints,
): Record<string, string> {
  const credentials = account.credentialsFor(spec.roleArn);
  return {
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin/:/bin',
    TZ: ':UTC',
    AWS_ENDPOINT_URL_KINESIS: endpoints.kinesis,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoints.dynamodb,
    ...('all' in endpoints && { AWS_ENDPOINT_URL: endpoints.all }),
    ...spec.environment,
    // Reserved names: Lambda does not let a template set these.
    AWS_REGION: account.region,
    AWS_DEFAULT_REGION: account.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime}`,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_LAMBDA_FUNCTION_NAME: spec.functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memorySize),
    AWS_LAMBDA_FUNCTION_VERSION: versionOf(spec),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: spec.logFormat ?? 'Text',
    ...(spec.logLevel !== undefined && { AWS_LAMBDA_LOG_LEVEL: spec.logLevel }),
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupNameOf(spec),
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    LAMBDA_TASK_ROOT: path.resolve(spec.codeDirectory),
    _HANDLER: spec.handler,
  };
}

import type { Call } from './call';

/** Prefixes of IAM, where they are not the service's name in small letters. */
const PREFIXES: Readonly<Record<string, string>> = { ResourceGroupsTaggingAPI: 'tag', CloudWatchLogs: 'logs' };

/** Actions of IAM that are not called as the operation is. */
const ACTIONS: Readonly<Record<string, string>> = {
  'Lambda Invoke': 'lambda:InvokeFunction',
  'S3 HeadObject': 's3:GetObject',
  'S3 GetBucketEncryption': 's3:GetEncryptionConfiguration',
};

/** The permission that a call needs. */
export function actionOf({ service, operation }: Call): string {
  // A batch needs what one of it needs.
  const single = service === 'SQS' ? operation.replace(/Batch$/, '') : operation;
  return ACTIONS[`${service} ${operation}`] ?? `${PREFIXES[service] ?? service.toLowerCase()}:${single}`;
}

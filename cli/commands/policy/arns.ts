import { parseQueue } from '../../aws/queue-name';

/** Where a queue lives: what else belongs to it lives there, too. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

export function placeOf(arn: string): Place {
  const [, partition, , region, accountId] = arn.split(':');
  return { partition, region, accountId };
}

export function queueArn(url: string, { partition, region, accountId }: Place): string {
  const queue = parseQueue(url);
  return `arn:${partition}:sqs:${region}:${queue.accountId ?? accountId}:${queue.name}`;
}

export function bucketArn(name: string, { partition }: Place): string {
  return `arn:${partition}:s3:::${name}`;
}

export function logGroupArn(name: string, { partition, region, accountId }: Place): string {
  return `arn:${partition}:logs:${region}:${accountId}:log-group:${name}`;
}

/** ARN of a key, whichever way it was named. None for a key of AWS itself: nobody needs permission on it. */
export function keyArn(key: string | undefined, { partition, region, accountId }: Place): string[] {
  if (key === undefined || /(^|:)alias\/aws\//.test(key)) return [];
  if (key.startsWith('arn:')) return [key];
  return [`arn:${partition}:kms:${region}:${accountId}:${key.startsWith('alias/') ? key : `key/${key}`}`];
}

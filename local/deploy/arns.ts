import type { Account } from '../account';

/** The emulators must hold things under the ARNs that policies and events name. */
export function expectArn(expected: string, got: string | undefined): void {
  if (got !== expected) {
    throw new Error(
      `the emulator must use the account's own ARN ${expected}, got: ${got}: start it with the same account and region`,
    );
  }
}

/** A key's ARN from what templates give: its id, its ARN or an alias. The alias of an AWS managed key stays an alias. */
export function keyArn(account: Account, value: string): string {
  const prefix = account.arn('kms', '');
  const name = value.startsWith(prefix) ? value.slice(prefix.length) : value;
  if (name.startsWith('alias/aws/')) return prefix + name;
  if (name.startsWith('alias/')) {
    const target = account.keyAliases.get(name);
    if (target === undefined) throw new Error(`KMS alias ${name} does not exist in the account`);
    return target;
  }
  const arn = name.startsWith('arn:') ? name : `${prefix}${name.startsWith('key/') ? name : `key/${name}`}`;
  if (!account.keys.has(arn)) throw new Error(`KMS key ${value} does not exist in the account`);
  return arn;
}

export function bucketArn(account: Account, name: string): string {
  return `arn:${account.partition}:s3:::${name}`;
}

/** The stream that a stream ARN or an ARN of one of its consumers belongs to. */
export function streamArnOf(account: Account, arn: string): string {
  const [, stream] = /^(arn:[^:]+:kinesis:[^:]*:[^:]*:stream\/[^/]+)(?:\/consumer\/.+)?$/.exec(arn) ?? [];
  if (stream === undefined || !stream.startsWith(account.arn('kinesis', 'stream/'))) {
    throw new Error(`must be the ARN of a Kinesis stream, of a stream consumer or of a table's stream in this account, got: ${arn}`);
  }
  return stream;
}

/** A queue's ARN from its URL, whose last part is the queue's name. */
export function queueArn(account: Account, url: string): string {
  return account.arn('sqs', url.slice(url.lastIndexOf('/') + 1));
}

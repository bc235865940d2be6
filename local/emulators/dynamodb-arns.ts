/** Under which DynamoDB Local holds everything, whatever account and region asks. */
const LOCAL_ARN = 'arn:aws:dynamodb:ddblocal:000000000000:';

export interface AccountAndRegion {
  readonly accountId: string;
  readonly region: string;
}

/**
 * Members that hold an ARN or begin with one. In an item, what follows a name is never a string but an object such as {"S": …}, and
 * in a string the quotes are escaped: so nothing of a user's data looks like these.
 */
const ARNS = 'TableArn|IndexArn|LatestStreamArn|StreamArn|ResourceArn|ShardIterator|NextShardIterator|ExclusiveStartStreamArn|LastEvaluatedStreamArn';

/** Translates requests and answers between an account's own ARNs and those of DynamoDB Local. */
export class DynamoDbArns {
  readonly region: string;
  private readonly accountArn: string;

  constructor({ accountId, region }: AccountAndRegion) {
    this.region = region;
    this.accountArn = `arn:aws:dynamodb:${region}:${accountId}:`;
  }

  request(body: Buffer): Buffer {
    return replaced(body, this.accountArn, LOCAL_ARN);
  }

  answer(body: Buffer): Buffer {
    return replaced(body, LOCAL_ARN, this.accountArn);
  }

  /** An error speaks of ARNs in its sentence. */
  error(body: Buffer): Buffer {
    return Buffer.from(body.toString('latin1').replaceAll(LOCAL_ARN, this.accountArn), 'latin1');
  }
}

function replaced(body: Buffer, from: string, to: string): Buffer {
  const text = body.toString('latin1');
  if (!text.includes(from)) return body;
  return Buffer.from(text.replace(new RegExp(`("(?:${ARNS})"\\s*:\\s*")${from}`, 'g'), (_, member: string) => member + to), 'latin1');
}

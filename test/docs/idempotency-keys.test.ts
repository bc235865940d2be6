import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DynamoDBClient, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';

/** A function that Powertools makes idempotent, on a table that keeps the keys only. */
function idempotent(items: Set<string>, effect: () => void, keyPrefix?: string) {
  const awsSdkV3Client = new DynamoDBClient({ region: 'us-east-1' });
  awsSdkV3Client.send = async ({ input }: { input: object }) => {
    const { Item } = input as PutItemCommandInput;
    if (!Item) return {};
    if (items.has(Item.id.S!)) {
      const { ConditionalCheckFailedException } = await import('@aws-sdk/client-dynamodb');
      throw new ConditionalCheckFailedException({ message: 'present', $metadata: {}, Item: { ...Item, status: { S: 'COMPLETED' } } });
    }
    items.add(Item.id.S!);
    return {};
  };
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'paymentId' });
  config.registerLambdaContext({ getRemainingTimeInMillis: () => 1_000 } as Parameters<IdempotencyConfig['registerLambdaContext']>[0]);
  return makeIdempotent(async (_: { paymentId: string }) => effect(), {
    config,
    persistenceStore: new DynamoDBPersistenceLayer({ tableName: 'table', awsSdkV3Client }),
    ...(keyPrefix !== undefined && { keyPrefix }),
  });
}

/** Effects of two functions that get the same payment, each twice. */
async function effectsOf(...prefixes: readonly [string?, string?]): Promise<string[]> {
  const [items, effects] = [new Set<string>(), [] as string[]];
  const functions = ['book', 'notify'].map((name, index) => idempotent(items, () => void effects.push(name), prefixes[index]));
  for (const each of [...functions, ...functions]) await each({ paymentId: 'p-1' });
  return effects;
}

describe('keys of Powertools for TypeScript, as docs/processors.md describes them', () => {
  test('are those of the Lambda function: a second idempotent function in it is skipped', async () => {
    expect(await effectsOf()).toEqual(['book']);
  });

  test('are different with a prefix for each function', async () => {
    expect(await effectsOf('payments.book', 'payments.notify')).toEqual(['book', 'notify']);
  });
});

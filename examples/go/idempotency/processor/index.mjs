import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

const { BALANCES_TABLE_NAME, IDEMPOTENCY_TABLE_NAME, IDEMPOTENCY_EXPIRY_SECONDS } = process.env;

const dynamodb = new DynamoDBClient();
const batch = new BatchProcessor(EventType.KinesisDataStreams);
const config = new IdempotencyConfig({
  // From the data: a record that is put into the stream again has another sequence number.
  eventKeyJmesPath: 'paymentId',
  throwOnNoIdempotencyKey: true,
  // Powertools forgets after an hour otherwise: dead letters live longer.
  expiresAfterSeconds: Number(IDEMPOTENCY_EXPIRY_SECONDS),
});

/** Adds a payment to the balance of its account: once, however often the payment comes. */
const book = makeIdempotent(
  async ({ account, cents }) => {
    await dynamodb.send(new UpdateItemCommand({
      TableName: BALANCES_TABLE_NAME,
      Key: { account: { S: account } },
      UpdateExpression: 'ADD cents :cents',
      ExpressionAttributeValues: { ':cents': { N: String(cents) } },
    }));
  },
  { config, persistenceStore: new DynamoDBPersistenceLayer({ tableName: IDEMPOTENCY_TABLE_NAME }) },
);

async function processRecord({ kinesis }) {
  try {
    await book(JSON.parse(Buffer.from(kinesis.data, 'base64').toString('utf8')));
  } catch (error) {
    // The batch processor does not log it.
    console.error(error);
    throw error;
  }
}

export async function handler(event, context) {
  // For the time limit of a payment in progress: without it, one that a timeout interrupts is locked until it expires.
  config.registerLambdaContext(context);
  // In the order of the stream, and so that two records with one key do not meet.
  return processPartialResponse(event, processRecord, batch, { context, processInParallel: false });
}

import {
  type AttributeValue, BatchWriteItemCommand, DeleteItemCommand, PutItemCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { Pipeline } from './pipeline';

export type Item = Record<string, AttributeValue>;

/** An item to put, or the id of one to remove. */
export interface Write {
  readonly put?: Item;
  readonly remove?: string;
}

/** The table of a processor of a pipeline. Its key is `id`, which says what becomes of a change. */
export class PipelineTable {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly processor = 0,
  ) {}

  get name(): string {
    return this.pipeline.processors[this.processor].tableName;
  }

  /** One after the other: that is the order in which they are in the stream. */
  async put(...items: readonly Item[]): Promise<void> {
    for (const Item of items) await this.client.send(new PutItemCommand({ TableName: this.name, Item }));
  }

  /** Up to 25 at once, each of another item. */
  async write(batch: readonly Write[]): Promise<void> {
    const writes = batch.map(({ put, remove }) => (put ? { PutRequest: { Item: put } } : { DeleteRequest: { Key: { id: { S: remove! } } } }));
    await this.client.send(new BatchWriteItemCommand({ RequestItems: { [this.name]: writes } }));
  }

  async set(id: string, name: string, value: AttributeValue): Promise<void> {
    await this.client.send(
      new UpdateItemCommand({
        TableName: this.name,
        Key: { id: { S: id } },
        UpdateExpression: 'SET #name = :value',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':value': value },
      }),
    );
  }

  async remove(id: string): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: this.name, Key: { id: { S: id } } }));
  }

  private get client() {
    return this.pipeline.cloud.clients.dynamodb;
  }
}

/** The records of a dead letter, typed as what they are: those of a Lambda event. */
export function changesOf(letter: DeadLetter): DynamoDBRecord[] {
  return letter.payload.Records as DynamoDBRecord[];
}

export function idOf({ dynamodb }: DynamoDBRecord): string {
  return dynamodb!.Keys!.id.S!;
}

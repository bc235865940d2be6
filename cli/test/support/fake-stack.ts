import { GetFunctionConfigurationCommand, LambdaClient, ListEventSourceMappingsCommand, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { GetResourcesCommand, type GetResourcesCommandInput, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { GetQueueAttributesCommand, GetQueueUrlCommand, ListDeadLetterSourceQueuesCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import type { Clients } from '../../context';

export interface FakeFunction {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** None: deleted, though its tags are there still. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A mapping whose failed batches go to the topic of a function. */
export interface FakeMapping {
  readonly processor: string;
  readonly streamArn: string;
  readonly writer: string;
}

const ACCOUNT = '123456789012';
const PAGE = 2;

export const queueUrl = (name: string): string => `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/${name}`;
export const queueArn = (name: string): string => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
export const functionArn = (name: string): string => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`;

/** The tags of a function in a stack. */
export function tagsOf(role: string, stack: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const stackId = `arn:aws:cloudformation:us-east-1:${ACCOUNT}:stack/${stack}/1f`;
  return { 'cdk-stream-dlq:role': role, 'aws:cloudformation:stack-name': stack, 'aws:cloudformation:stack-id': stackId, ...more };
}

const topicOf = (writer: string): string => `arn:aws:sns:us-east-1:${ACCOUNT}:${writer}`;

/** Functions, queues and mappings as tag:GetResources, Lambda and SQS show them: in pages, and by filters. */
export function fakeStack(
  functions: readonly FakeFunction[], queues: Readonly<Record<string, Readonly<Record<string, string>>>>, mappings: readonly FakeMapping[] = [],
  taggedQueues: readonly Pick<FakeFunction, 'name' | 'tags'>[] = [],
) {
  const region = { region: 'us-east-1' };
  const [tagging, lambda, sqs] = [new ResourceGroupsTaggingAPIClient(region), new LambdaClient(region), new SQSClient(region)];
  const mocks = { tagging: mockClient(tagging), lambda: mockClient(lambda), sqs: mockClient(sqs) };

  mocks.tagging.on(GetResourcesCommand).callsFake((input: GetResourcesCommandInput) => {
    const { TagFilters: filters = [], ResourceTypeFilters: types, PaginationToken: token } = input;
    const isOfQueues = types?.join() === 'sqs';
    if (!isOfQueues && types?.join() !== 'lambda:function') throw new Error('only functions and queues are tagged');
    const tagged: readonly Pick<FakeFunction, 'name' | 'tags'>[] = isOfQueues ? taggedQueues : functions;
    const matching = tagged.filter(({ tags }) =>
      filters.every(({ Key, Values }) => tags[Key!] !== undefined && (Values === undefined || Values.includes(tags[Key!]))));
    const start = Number(token ?? 0);
    return {
      ResourceTagMappingList: matching.slice(start, start + PAGE).map(({ name, tags }) => ({
        ResourceARN: isOfQueues ? queueArn(name) : functionArn(name),
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      })),
      PaginationToken: start + PAGE < matching.length ? String(start + PAGE) : '',
    };
  });
  mocks.lambda.on(GetFunctionConfigurationCommand).callsFake(({ FunctionName: arn }: { FunctionName: string }) => {
    const found = functions.find(({ name }) => functionArn(name) === arn);
    if (!found?.environment) throw new ResourceNotFoundException({ message: 'Function not found', $metadata: {} });
    return { Environment: { Variables: { ...found.environment, ...(mappings.length > 0 && { TOPIC_ARN: topicOf(found.name) }) } } };
  });
  mocks.lambda.on(ListEventSourceMappingsCommand).resolves({
    EventSourceMappings: mappings.map(({ processor, streamArn, writer }) => ({
      FunctionArn: functionArn(processor), EventSourceArn: streamArn, DestinationConfig: { OnFailure: { Destination: topicOf(writer) } },
    })),
  });
  mocks.sqs.on(GetQueueUrlCommand).callsFake(({ QueueName: name }: { QueueName: string }) => {
    if (!(name in queues)) throw new QueueDoesNotExist({ message: 'no such queue', $metadata: {} });
    return { QueueUrl: queueUrl(name) };
  });
  mocks.sqs.on(GetQueueAttributesCommand).callsFake(({ QueueUrl: url }: { QueueUrl: string }) => {
    const name = url.split('/').at(-1)!;
    if (!(name in queues)) throw new QueueDoesNotExist({ message: 'no such queue', $metadata: {} });
    return { Attributes: { QueueArn: queueArn(name), ...queues[name] } };
  });
  mocks.sqs.on(ListDeadLetterSourceQueuesCommand).callsFake(({ QueueUrl: url }: { QueueUrl: string }) => ({
    queueUrls: Object.entries(queues)
      .filter(([, { RedrivePolicy = '{}' }]) => JSON.parse(RedrivePolicy).deadLetterTargetArn === queueArn(url.split('/').at(-1)!))
      .map(([name]) => queueUrl(name)),
  }));

  const clients = { tagging: async () => tagging, lambda: async () => lambda, sqs: async () => sqs } as unknown as Clients;
  return { clients, ...mocks };
}

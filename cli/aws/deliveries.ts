import { type EventSourceMappingConfiguration, type ListEventSourceMappingsCommandInput, paginateListEventSourceMappings } from '@aws-sdk/client-lambda';
import { isOfStream } from '../../lambda/shared/dead-letter/failure-record';
import { FunctionRole } from '../../src/contract';
import type { Context } from '../context';
import type { DlqFunction } from '../dlq';

/** A mapping of a stream that has Lambda send failed batches to a hydrate or capture function. */
export interface Delivery {
  /** As the mapping names it, and so its dead letters: with a qualifier or without. */
  readonly processorArn: string;
  /** Of the stream, or of an enhanced fan-out consumer. */
  readonly streamArn: string;
  readonly writer: DlqFunction;
}

/** The mappings of the region, or those that a filter selects. */
export async function listMappings(
  { clients, aborted }: Pick<Context, 'clients' | 'aborted'>, filter: ListEventSourceMappingsCommandInput = {},
): Promise<EventSourceMappingConfiguration[]> {
  const mappings: EventSourceMappingConfiguration[] = [];
  const pages = paginateListEventSourceMappings({ client: await clients.lambda() }, filter, { abortSignal: aborted });
  for await (const page of pages) mappings.push(...page.EventSourceMappings ?? []);
  return mappings;
}

/** The mappings whose failed batches arrive at some of the functions. */
export async function deliveriesTo(context: Pick<Context, 'clients' | 'aborted'>, functions: readonly DlqFunction[]): Promise<Delivery[]> {
  const writers = functions.filter(({ role }) => role !== FunctionRole.REDRIVE);
  if (writers.length === 0) return [];
  // Lambda cannot select mappings by their destination.
  const mappings = await listMappings(context);
  const deliveries: Delivery[] = [];
  for (const writer of writers) {
    const isDelivered = deliveredTo(writer);
    for (const { FunctionArn: processorArn, EventSourceArn: streamArn, DestinationConfig } of mappings) {
      const to = DestinationConfig?.OnFailure?.Destination;
      if (processorArn && streamArn && to && isDelivered(to, streamArn)) deliveries.push({ processorArn, streamArn, writer });
    }
  }
  return deliveries;
}

/** Whether what Lambda sends to an ARN arrives at a function: by its capture bucket, or by its topic. */
function deliveredTo({ environment = {} }: DlqFunction): (destination: string, streamArn: string) => boolean {
  const { CAPTURE_BUCKET: bucket, STREAM_ARNS: streams, TOPIC_ARN: topic } = environment;
  if (bucket === undefined) return (destination) => destination === topic;
  const arns = streams ? (JSON.parse(streams) as string[]) : undefined;
  return (destination, streamArn) => destination.endsWith(`:::${bucket}`) && (!arns || arns.some((arn) => isOfStream(streamArn, arn)));
}

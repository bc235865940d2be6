import {
  type EventSourceMappingConfiguration, GetPolicyCommand, type ListEventSourceMappingsCommandInput, paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { isOfStream } from '../../lambda/shared/dead-letter/failure-record';
import { FunctionRole } from '../../src/contract';
import type { Context } from '../context';
import type { DlqFunction } from '../dlq';
import { isServiceError } from './aws-error';

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

/** The mappings whose failed batches arrive at some of the functions. Calls `onUnknown` for a function whose topic it cannot look up. */
export async function deliveriesTo(
  context: Pick<Context, 'clients' | 'aborted'>, functions: readonly DlqFunction[], onUnknown: (functionArn: string, error: Error) => void,
): Promise<Delivery[]> {
  const writers = functions.filter(({ role }) => role !== FunctionRole.REDRIVE);
  if (writers.length === 0) return [];
  // Lambda cannot select mappings by their destination.
  const mappings = await listMappings(context);
  const deliveries: Delivery[] = [];
  for (const writer of writers) {
    const isDelivered = await deliveredTo(context, writer, onUnknown);
    for (const { FunctionArn: processorArn, EventSourceArn: streamArn, DestinationConfig } of mappings) {
      const to = DestinationConfig?.OnFailure?.Destination;
      if (processorArn && streamArn && to && isDelivered(to, streamArn)) deliveries.push({ processorArn, streamArn, writer });
    }
  }
  return deliveries;
}

/** Whether what Lambda sends to an ARN arrives at a function: by the capture bucket, or by a topic, which is in the policy of the function. */
async function deliveredTo(
  { clients, aborted }: Pick<Context, 'clients' | 'aborted'>, { functionArn, environment = {} }: DlqFunction, onUnknown: (functionArn: string, error: Error) => void,
): Promise<(destination: string, streamArn: string) => boolean> {
  const { CAPTURE_BUCKET: bucket, STREAM_ARNS: streams } = environment;
  if (bucket !== undefined) {
    const arns = streams ? (JSON.parse(streams) as string[]) : undefined;
    return (destination, streamArn) => destination.endsWith(`:::${bucket}`) && (!arns || arns.some((arn) => isOfStream(streamArn, arn)));
  }
  try {
    const { Policy: policy = '' } = await (await clients.lambda()).send(new GetPolicyCommand({ FunctionName: functionArn }), { abortSignal: aborted });
    return (destination) => policy.includes(`"${destination}"`);
  } catch (error) {
    if (!isServiceError(error)) throw error;
    onUnknown(functionArn, error as Error);
    return () => false;
  }
}

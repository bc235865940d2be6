import { type EventSourceMappingConfiguration, type LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import { HydrationStatus } from '../../src/contract';
import { deniedAction, isDenied, isServiceError } from '../aws/aws-error';
import { type FilteringMapping, provenBatch, type ProvenBatch } from './proven-batch';

/** What a mapping is looked up by, as a dead letter names it. */
export interface MappingEnds {
  readonly functionArn: string;
  readonly streamArn: string;
}

/** Looks up mappings with filters: each once. */
export class FilteringMappings {
  private readonly lookups = new Map<string, Promise<FilteringMapping | undefined>>();
  private readonly unknown = new Set<string>();

  constructor(
    private readonly lambda: () => Promise<LambdaClient>,
    private readonly aborted: AbortSignal,
  ) {}

  /** Why filters are not known, as far as they were asked for. */
  get notes(): readonly string[] {
    return [...this.unknown];
  }

  /** Undefined where there is none, several, one without filters, or one that may not be read. */
  async between({ functionArn, streamArn }: MappingEnds): Promise<FilteringMapping | undefined> {
    const key = `${functionArn} ${streamArn}`;
    const known = this.lookups.get(key);
    if (known) return known;
    const lookup = this.lookUp(functionArn, streamArn);
    this.lookups.set(key, lookup);
    return lookup;
  }

  private async lookUp(functionArn: string, streamArn: string): Promise<FilteringMapping | undefined> {
    const lambda = await this.lambda();
    try {
      const { EventSourceMappings: mappings = [], NextMarker: marker } = await lambda.send(
        new ListEventSourceMappingsCommand({ FunctionName: functionArn, EventSourceArn: streamArn }), { abortSignal: this.aborted },
      );
      // Another page may have another mapping.
      return mappings.length === 1 && !marker ? this.mappingOf(mappings[0]) : undefined;
    } catch (error) {
      if (!isServiceError(error)) throw error;
      const { name, message } = error as Error;
      const why = isDenied(error) ? `you need ${deniedAction(error as Error) ?? 'lambda:ListEventSourceMappings'}` : `${name}: ${message}`;
      this.unknown.add(`The filters of the mapping between ${streamArn} and ${functionArn} are not known, so they prove nothing (${why}).`);
      return undefined;
    }
  }

  private mappingOf({ UUID: uuid, LastModified: lastModified, FilterCriteria, FilterCriteriaError, KMSKeyArn }: EventSourceMappingConfiguration) {
    const filters = FilterCriteria?.Filters?.map(({ Pattern }) => Pattern).filter((it) => it !== undefined) ?? [];
    if (FilterCriteriaError || (KMSKeyArn !== undefined && filters.length === 0)) {
      this.unknown.add(`The filters of the mapping ${uuid} are encrypted with a customer managed key: they are not known, so they prove nothing.`);
      return undefined;
    }
    return uuid !== undefined && lastModified && filters.length > 0 ? { uuid, lastModified, filters } : undefined;
  }
}

/** The failed batch of a dead letter that holds more records, where the filters of its mapping prove it. */
export async function proofOf(deadLetter: ReceivedDeadLetter, mappings: FilteringMappings): Promise<ProvenBatch | undefined> {
  if (deadLetter.status !== HydrationStatus.SUPERSET) return undefined;
  const mapping = await mappings.between(deadLetter);
  return mapping && provenBatch(deadLetter, mapping);
}

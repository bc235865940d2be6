import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { areDifferent } from './checks';
import { DlqParts } from './dlq-parts';
import { ownResource, renderedProperties, timeoutOf } from './resource-properties';
import { checkAtSynth, Rule } from './rules';
import { isOfStream, Mapping, resourceOfMapping } from './source-of-mapping';

/** What synth knows of a mapping and of what it connects, property overrides included. A token is undefined. */
export interface MappingFacts {
  readonly parallelizationFactor: number;
  /** How many filters there are. */
  readonly filters: number;
  /** Undefined if there is none. */
  readonly tumblingWindow?: Duration;
  /** `none` for retries until records expire. */
  readonly retryAttempts?: number | 'none';
  readonly maxRecordAge?: Duration | 'none';
  readonly startingPosition?: string;
  readonly readsTable: boolean;
  /** How long the stream keeps records. */
  readonly retention?: Duration;
  readonly processorTimeout?: Duration;
  readonly processorAccount: string;
  readonly dlqAccount: string;
  /** Account of the stack of the mapping. */
  readonly account: string;
  /** Whether the mapping invokes a version, rather than an alias or the latest code. */
  readonly invokesVersion: boolean;
  /** Whether the hydrate function reads the records of failed batches from the stream again. */
  readonly rereads: boolean;
}

/** Six receives of a failure record take a quarter of an hour, and longer in a storm or where an invocation breaks off. */
const TIME_TO_HYDRATE = Duration.hours(1);

/** Also thrown for the prop of a `DynamoStreamProcessor`. */
export const NOT_AT_TIMESTAMP =
  '`startingPosition` must be TRIM_HORIZON or LATEST for the stream of a table, got: AT_TIMESTAMP; use TRIM_HORIZON to begin with the ' +
  'oldest record, of up to 24 hours ago';

/** Also of a mapping on a queue. */
export const PROCESSOR_OF_OTHER_ACCOUNT: Rule<Pick<MappingFacts, 'processorAccount' | 'account'>> = {
  id: 'processorOfOtherAccount',
  level: 'error',
  condition: ({ processorAccount, account }) => areDifferent(processorAccount, account),
  message: ({ processorAccount, account }) =>
    `the processor must be in the account of its mapping, got: a function of account ${processorAccount} for a mapping of account ` +
    `${account}; define the mapping in the account of the processor: Lambda invokes functions of its own account only`,
};

export const MAPPING_RULES: readonly Rule<MappingFacts>[] = [
  {
    id: 'redriveToOldVersion',
    level: 'warning',
    condition: ({ invokesVersion }) => invokesVersion,
    message: () =>
      'the mapping should invoke a function or an alias, got: a version; use an alias: a redrive invokes the version that failed, ' +
      'not the fixed version',
  },
  {
    id: 'supersetPayload',
    level: 'warning',
    condition: (facts) => facts.rereads && (facts.parallelizationFactor > 1 || facts.filters > 0),
    message: ({ parallelizationFactor: factor, filters }) => {
      const causes = [...(factor > 1 ? [`\`parallelizationFactor\` ${factor}`] : []), ...(filters > 0 ? ['`filters`'] : [])];
      return (
        `dead letters should hold only records that failed, got: ${causes.join(' and ')}, which makes them include other records; ` +
        'use FailureCapture.s3() as `capture` for exact batches'
      );
    },
  },
  {
    id: 'windowStateLost',
    level: 'warning',
    condition: ({ rereads, tumblingWindow }) => rereads && tumblingWindow !== undefined,
    message: ({ tumblingWindow }) =>
      `\`tumblingWindow\` should be used with FailureCapture.s3(), got: ${tumblingWindow!.toHumanString()} with ` +
      'FailureCapture.hydrate(); use FailureCapture.s3() as `capture`: only its dead letters keep the window and its state',
  },
  {
    id: 'maxRecordAgeNotSet',
    level: 'warning',
    condition: ({ maxRecordAge, retryAttempts }) => maxRecordAge === 'none' && retryAttempts !== 'none',
    message: () =>
      '`maxRecordAge` should be set, got: none; set it below the retention of the stream: throttled invocations do not count as ' +
      'retries, and Lambda sends no failure record for records that expire',
  },
  {
    id: 'retriesUntilExpiry',
    level: 'warning',
    condition: ({ maxRecordAge, retryAttempts }) => maxRecordAge === 'none' && retryAttempts === 'none',
    message: () =>
      '`retryAttempts` or `maxRecordAge` should be set, got: neither; set `retryAttempts`, and `maxRecordAge` below the retention ' +
      'of the stream: without either, Lambda retries a failing batch until its records expire, and sends no failure record',
  },
  {
    id: 'maxRecordAgeBeyondRetention',
    level: 'warning',
    condition: (facts) => isBelow(remainingOf(facts), 1),
    message: (facts) =>
      `\`maxRecordAge\` should be below the retention of the stream, got: ${ageOf(facts)}; lower it, because Lambda sends no failure ` +
      `record for records that expire${facts.rereads ? ', and the hydrate function cannot read them' : ''}`,
  },
  {
    id: 'maxRecordAgeNearRetention',
    level: 'warning',
    // With FailureCapture.s3(), Lambda writes the records themselves.
    condition: (facts) => facts.rereads && !isBelow(remainingOf(facts), 1) && isBelow(remainingOf(facts), TIME_TO_HYDRATE.toMilliseconds()),
    message: (facts) =>
      `\`maxRecordAge\` should be at least ${TIME_TO_HYDRATE.toHumanString()}, better 6 hours, below the retention of the stream, ` +
      `got: ${ageOf(facts)}; lower \`maxRecordAge\`, or raise the retention: the hydrate function reads the records again, and may ` +
      'need several attempts',
  },
  {
    id: 'processorTimeoutBeyondRetention',
    level: 'warning',
    condition: (facts) =>
      facts.rereads && !isBelow(remainingOf(facts), 1) && isBelow(remainingOf(facts), facts.processorTimeout?.toMilliseconds() ?? 0),
    message: (facts) =>
      'the timeout of the processor should be shorter than the time between `maxRecordAge` and the retention of the stream, ' +
      `got: ${facts.processorTimeout!.toHumanString()} with ${ageOf(facts)}; lower \`maxRecordAge\` or the timeout: records can expire ` +
      'during the last attempt',
  },
  {
    id: 'parallelizationWithTumblingWindow',
    level: 'error',
    condition: ({ tumblingWindow, parallelizationFactor }) => tumblingWindow !== undefined && parallelizationFactor > 1,
    message: ({ parallelizationFactor }) =>
      `\`parallelizationFactor\` must be 1 with \`tumblingWindow\`, got: ${parallelizationFactor}; remove one of the two: Lambda refuses ` +
      'both together',
  },
  {
    id: 'filtersWithTumblingWindow',
    level: 'error',
    condition: ({ tumblingWindow, filters }) => tumblingWindow !== undefined && filters > 0,
    message: ({ filters }) =>
      `\`filters\` must be empty with \`tumblingWindow\`, got: ${filters}; filter in the processor, or remove \`tumblingWindow\`: Lambda ` +
      'refuses both together',
  },
  {
    id: 'tableAtTimestamp',
    level: 'error',
    condition: ({ readsTable, startingPosition }) => readsTable && startingPosition === lambda.StartingPosition.AT_TIMESTAMP,
    message: () => NOT_AT_TIMESTAMP,
  },
  PROCESSOR_OF_OTHER_ACCOUNT,
  {
    id: 'streamDlqOfOtherAccount',
    level: 'error',
    condition: ({ dlqAccount, account }) => areDifferent(dlqAccount, account),
    message: ({ dlqAccount, account }) =>
      `the StreamDlq must be in the account of its mappings, got: one of account ${dlqAccount} for a mapping of account ${account}; define ` +
      'a StreamDlq in the account of the mapping: neither account allows the other to send failure records and to read the stream',
  },
];

/** Checks a mapping at synth, whichever construct defines it. */
export function checkMapping(mapping: Mapping, processor: lambda.IFunction, parts: DlqParts): void {
  checkAtSynth(mapping, MAPPING_RULES, () => {
    const resource = resourceOfMapping(mapping);
    return resource ? [factsOf(mapping, resource, processor, parts)] : [];
  });
}

function factsOf(mapping: Mapping, resource: lambda.CfnEventSourceMapping, processor: lambda.IFunction, parts: DlqParts): MappingFacts {
  const { sources: { entries: sources }, captures: [{ rereads }] } = parts;
  // A single source is the stream of the mapping, even if synth does not know what the mapping reads.
  const source = sources.length === 1 ? sources[0] : sources.find(({ streamArn }) => isOfStream(mapping, streamArn));
  const properties = renderedProperties(resource);
  const filters = (properties.FilterCriteria as { Filters?: unknown } | undefined)?.Filters;
  return {
    parallelizationFactor: numberOf(properties.ParallelizationFactor) ?? 1,
    filters: Array.isArray(filters) ? filters.length : 0,
    // 0 is no window.
    tumblingWindow: durationOf(numberOf(properties.TumblingWindowInSeconds) || undefined),
    retryAttempts: limitOf(properties.MaximumRetryAttempts, (attempts) => attempts),
    maxRecordAge: limitOf(properties.MaximumRecordAgeInSeconds, Duration.seconds),
    startingPosition: properties.StartingPosition as string | undefined,
    readsTable: source?.isTable ?? false,
    retention: source?.retention,
    processorTimeout: timeoutOf(processor),
    processorAccount: processor.env.account,
    dlqAccount: Stack.of(parts.dlq).account,
    account: resource.stack.account,
    invokesVersion: isVersion(processor),
    rereads,
  };
}

/** How long records remain in the stream when they reach `maxRecordAge`, in milliseconds. Undefined if synth does not know it. */
function remainingOf({ maxRecordAge, retention }: MappingFacts): number | undefined {
  if (!maxRecordAge || maxRecordAge === 'none' || !retention) return undefined;
  return retention.toMilliseconds() - maxRecordAge.toMilliseconds();
}

function isBelow(remaining: number | undefined, milliseconds: number): boolean {
  return remaining !== undefined && remaining < milliseconds;
}

function ageOf({ maxRecordAge, retention }: MappingFacts): string {
  return `${(maxRecordAge as Duration).toHumanString()} for a retention of ${retention!.toHumanString()}`;
}

/** An imported version has a number as its qualifier. */
function isVersion(processor: lambda.IFunction): boolean {
  if (ownResource(processor, 'AWS::Lambda::Version')) return true;
  return !Token.isUnresolved(processor.functionArn) && /:function:[^:]+:\d+$/.test(processor.functionArn);
}

/** In a template, a token is an object. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function durationOf(seconds: number | undefined): Duration | undefined {
  return seconds === undefined ? undefined : Duration.seconds(seconds);
}

/** For Lambda, -1 is no limit, and so is a property that is not set. */
function limitOf<Limit>(value: unknown, make: (value: number) => Limit): Limit | 'none' | undefined {
  if (value === undefined || value === -1) return 'none';
  return typeof value === 'number' ? make(value) : undefined;
}

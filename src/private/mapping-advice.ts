import { Annotations, AspectPriority, Aspects, Duration, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DlqParts } from './dlq-parts';
import { timeoutOf } from './function-timeout';
import { ownResource } from './own-resource';
import { isMappingResource, isOfStream, Mapping } from './source-of-mapping';

/** What is known at synth of a mapping and of what it connects. A value that is a token is not, nor is a property override seen. */
interface Known {
  readonly parallelizationFactor?: number;
  readonly filtered: boolean;
  /** Undefined where there is none, or it is a token. */
  readonly tumblingWindow?: Duration;
  /** Undefined where it is a token, -1 for no end. */
  readonly retryAttempts?: number;
  /** Undefined where it is a token, `none` for no end. */
  readonly maxRecordAge?: Duration | 'none';
  readonly retention?: Duration;
  readonly processorTimeout?: Duration;
  /** Whether the mapping invokes one version of a function, for good. */
  readonly isOnVersion: boolean;
  /** Whether records of failed batches are read from the stream again. */
  readonly rereads: boolean;
}

interface Advice {
  readonly id: string;
  readonly text: string;
}

/** Three attempts of a hydrate function of 15 minutes at the most, and the minutes that Lambda waits between them. */
const TIME_TO_HYDRATE = Duration.hours(1);

/** Warns at synth of settings of a mapping that cost data: once they are final, whoever defines the mapping. */
export function adviseOn(mapping: Mapping, processor: lambda.IFunction, { sources, captures: [{ rereads }] }: DlqParts): void {
  Aspects.of(mapping).add(
    {
      visit: (node) => {
        if (!isMappingResource(node)) return;
        const ofProcessor = { processorTimeout: timeoutOf(processor), isOnVersion: isVersion(processor) };
        const [first, ...others] = sources.entries;
        // Of a single source it is the stream, also where the app does not know what the mapping reads.
        const source = others.length === 0 ? first : sources.entries.find((it) => isOfStream(mapping, it.streamArn));
        const retention = source?.retention;
        const known = { ...knownOf(node), ...ofProcessor, retention, rereads };
        for (const { id, text } of adviceFor(known)) Annotations.of(mapping).addWarningV2(`cdk-stream-dlq:${id}`, text);
      },
    },
    // After all others: they may still change the mapping.
    { priority: AspectPriority.READONLY },
  );
}

function adviceFor(known: Known): Advice[] {
  return [...adviceOnVersion(known), ...adviceOnRange(known), ...adviceOnWindow(known), ...adviceOnRetries(known), ...adviceOnAge(known)];
}

function adviceOnVersion({ isOnVersion }: Known): Advice[] {
  if (!isOnVersion) return [];
  return [
    {
      id: 'redriveToOldVersion',
      text:
        'a mapping should invoke a function or an alias, got: a version; its dead letters name the version that failed, which the deployment of ' +
        'a fixed one deletes, or leaves as it was, so that a redrive does not reach the fixed one: give the mapping an alias',
    },
  ];
}

function adviceOnRange({ parallelizationFactor = 1, filtered, rereads }: Known): Advice[] {
  const causes = [...(parallelizationFactor > 1 ? [`\`parallelizationFactor\` ${parallelizationFactor}`] : []), ...(filtered ? ['`filters`'] : [])];
  if (!rereads || causes.length === 0) return [];
  return [
    {
      id: 'supersetPayload',
      text:
        `records that did not fail should not lie within the range of a failed batch, got: ${causes.join(' and ')}; ` +
        'read again, they cannot be told from those that failed, and the dead letter is a SUPERSET: ' +
        'FailureCapture.s3() as `capture` keeps exactly the batch that failed',
    },
  ];
}

function adviceOnWindow({ tumblingWindow, rereads }: Known): Advice[] {
  if (!rereads || !tumblingWindow) return [];
  return [
    {
      id: 'windowStateLost',
      text:
        `the event of a tumbling window should be kept whole, got: \`tumblingWindow\` ${tumblingWindow.toHumanString()}; ` +
        'a stream has records only, and the dead letter holds neither window nor state: FailureCapture.s3() as `capture` keeps both',
    },
  ];
}

function adviceOnRetries({ retryAttempts, maxRecordAge }: Known): Advice[] {
  if (maxRecordAge !== 'none') return [];
  if (retryAttempts !== -1) {
    return [
      {
        id: 'maxRecordAgeWithoutEnd',
        text:
          '`maxRecordAge` should have an end, got: none; retries are counted for errors of the function only, and records that it is throttled ' +
          'for leave the stream with no failure record: give a `maxRecordAge` below the retention of the stream',
      },
    ];
  }
  return [
    {
      id: 'retriesUntilExpiry',
      text:
        '`retryAttempts` or `maxRecordAge` should have an end, got: neither; a batch that fails blocks its shard until it leaves the stream, ' +
        'and leaves with no failure record: give `retryAttempts`, and a `maxRecordAge` below the retention of the stream',
    },
  ];
}

function adviceOnAge({ maxRecordAge, retention, processorTimeout, rereads }: Known): Advice[] {
  if (!maxRecordAge || maxRecordAge === 'none' || !retention) return [];
  const got = `${maxRecordAge.toHumanString()} of ${retention.toHumanString()}`;
  const left = retention.toMilliseconds() - maxRecordAge.toMilliseconds();
  if (left <= 0) {
    return [
      {
        id: 'maxRecordAgeBeyondRetention',
        text:
          `\`maxRecordAge\` should be below the retention of the stream, got: ${got}; ` +
          `records leave the stream with no failure record${rereads ? ', or before they can be read again' : ''}`,
      },
    ];
  }
  // What Lambda writes to S3 has the records with it, however late.
  if (!rereads) return [];
  const advice: Advice[] = [];
  if (left < TIME_TO_HYDRATE.toMilliseconds()) {
    advice.push({
      id: 'maxRecordAgeNearRetention',
      text:
        `\`maxRecordAge\` should leave ${TIME_TO_HYDRATE.toHumanString()} of the retention of the stream, better 6, got: ${got}; ` +
        'the hydrate function reads records of that age again, and may need three attempts: lower `maxRecordAge`, or keep records longer',
    });
  }
  if (processorTimeout && processorTimeout.toMilliseconds() > left) {
    advice.push({
      id: 'processorTimeoutBeyondRetention',
      text:
        'the timeout of the processor should be below what `maxRecordAge` leaves of the retention of the stream, ' +
        `got: ${processorTimeout.toHumanString()} after ${got}; the last try can begin just below \`maxRecordAge\` and outlive the records: ` +
        'lower `maxRecordAge`, or the timeout',
    });
  }
  return advice;
}

function knownOf(mapping: lambda.CfnEventSourceMapping): Omit<Known, 'retention' | 'processorTimeout' | 'isOnVersion' | 'rereads'> {
  const criteria = mapping.filterCriteria as lambda.CfnEventSourceMapping.FilterCriteriaProperty | undefined;
  const age = unlessToken(mapping.maximumRecordAgeInSeconds ?? -1);
  return {
    parallelizationFactor: unlessToken(mapping.parallelizationFactor),
    filtered: Array.isArray(criteria?.filters) && criteria.filters.length > 0,
    // 0 is none.
    tumblingWindow: durationOf(unlessToken(mapping.tumblingWindowInSeconds) || undefined),
    retryAttempts: unlessToken(mapping.maximumRetryAttempts ?? -1),
    maxRecordAge: age === -1 ? 'none' : durationOf(age),
  };
}

/** As far as is known of an import: a version has a number for a qualifier. */
function isVersion(processor: lambda.IFunction): boolean {
  if (ownResource(processor, 'AWS::Lambda::Version')) return true;
  return !Token.isUnresolved(processor.functionArn) && /:function:[^:]+:\d+$/.test(processor.functionArn);
}

function durationOf(seconds: number | undefined): Duration | undefined {
  return seconds === undefined ? undefined : Duration.seconds(seconds);
}

function unlessToken(value: number | undefined): number | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

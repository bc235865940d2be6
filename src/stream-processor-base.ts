import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { Idempotency } from './idempotency';
import { longestLifeOf } from './private/dead-letter-life';
import { dlqParts, StorageSettings } from './private/dlq-parts';
import { attachIdempotency } from './private/idempotency-table';
import { destinationDeliveryFailures, droppedEvents, iteratorAge } from './private/metrics';
import { IStreamDlq } from './stream-dlq-interface';

/**
 * What the constructs that process a stream have in common.
 *
 * @internal
 */
export abstract class StreamProcessorBase extends Construct {
  public abstract readonly processor: lambda.IFunction;
  public abstract readonly mapping: lambda.IEventSourceMapping;
  public abstract readonly dlq: IStreamDlq;

  /**
   * How far the processor is behind the stream: the age of the last record of a batch when Lambda sends it to the processor, in milliseconds.
   * Maximum.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricIteratorAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return iteratorAge(this.processor, options);
  }

  /**
   * Failure records of batches that Lambda could not send: such a batch gets no dead letter. Sum.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricDestinationDeliveryFailures(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return destinationDeliveryFailures(this.processor, options);
  }

  /**
   * Records that Lambda discarded without a failure record. Sum.
   *
   * Lambda emits it where the mapping has metrics: with `metricsConfig`, or the alarm `droppedEvents`, as in `Alarms.all()`.
   *
   * @param options options of the metric
   * @returns the metric
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
   */
  public metricDroppedEvents(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return droppedEvents(this.mapping, options);
  }

  /**
   * Gives the processor a table to remember for as long as a dead letter can be redriven.
   *
   * @internal
   */
  protected _attachIdempotency(idempotency: Idempotency, defaults: StorageSettings): dynamodb.ITable {
    return attachIdempotency(this, {
      idempotency, processor: this.processor, defaults, longestLife: () => longestLifeOf(dlqParts.of(this.dlq), this.mapping),
    });
  }
}

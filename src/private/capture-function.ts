import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IConstruct } from 'constructs';
import { CaptureFunctionOptions } from '../capture-options';
import { Environment, FunctionRole } from '../contract';
import { defineBundledFunction } from './bundled-function';
import { DlqParts } from './capture';
import { checkGranted } from './granted';
import { grantSend } from './grants';

export interface CaptureFunctionProps extends CaptureFunctionOptions {
  readonly parts: DlqParts;
  /** Folder below `assets/`. */
  readonly asset: string;
  readonly functionRole: FunctionRole;
  readonly description: string;
  /** Beside the variables that every capture has. */
  readonly environment: { readonly [name: string]: string };
}

/** The function of a capture. */
export class CaptureFunction extends Construct {
  readonly function: lambda.IFunction;
  readonly role: iam.IRole;
  private readonly parts: DlqParts;

  constructor(scope: Construct, id: string, props: CaptureFunctionProps) {
    super(scope, id);
    this.parts = props.parts;
    const { queue, undeliverableQueue, overflowBucket, maxMessageBytes, source, auditLogGroup } = props.parts;
    const bundled = defineBundledFunction(this, {
      asset: props.asset,
      functionRole: props.functionRole,
      description: props.description,
      architecture: props.architecture,
      memorySize: props.memorySize,
      reservedConcurrency: props.reservedConcurrency,
      logGroup: props.logGroup,
      timeout: props.timeout ?? Duration.minutes(5),
      auditLogGroup,
      environment: {
        [Environment.QUEUE_URL]: queue.queueUrl,
        [Environment.QUEUE_MAX_MESSAGE_BYTES]: String(maxMessageBytes),
        [Environment.UNDELIVERABLE_QUEUE_URL]: undeliverableQueue.queueUrl,
        // Whether or not it writes there: the operator's tool learns from it where large dead letters go.
        [Environment.OVERFLOW_BUCKET]: overflowBucket.bucketName,
        [Environment.STREAM_ARN]: source.streamArn,
        ...props.environment,
      },
    });
    this.function = bundled.function;
    this.role = bundled.role;
  }

  /** What has to be there before an event comes: once that is connected which it comes from. */
  get delivery(): IConstruct[] {
    // Permission, subscription and invoke configuration hang off the function, the function itself comes with them.
    const { defaultChild: resource, children } = this.function.node;
    const queuePolicy = this.parts.undeliverableQueue.node.tryFindChild('Policy');
    return [...children.filter((child) => child !== resource), ...(queuePolicy ? [queuePolicy] : [])];
  }

  /** Lets it send dead letters, and what it fails to handle to the undeliverable queue: itself, or by Lambda once all attempts failed. */
  connectQueues(): void {
    const { queue, undeliverableQueue } = this.parts;
    checkGranted(this.parts.dlq, this.role, ...grantSend(queue, this.role), ...grantSend(undeliverableQueue, this.role));
    this.function.configureAsyncInvoke({
      onFailure: { bind: () => ({ destination: undeliverableQueue.queueArn }) },
    });
  }
}

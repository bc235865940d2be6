import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IDependable } from 'constructs';
import { CaptureFunctionOptions } from '../capture-options';
import { Environment, FunctionRole } from '../contract';
import { DlqParts } from './dlq-parts';
import { checkGranted } from './granted';
import { grantSend } from './grants';
import { definePackagedFunction, mergeStatementsIn } from './packaged-function';

export interface CaptureFunctionProps {
  readonly parts: DlqParts;
  readonly options: CaptureFunctionOptions;
  /** Folder in `assets/`. */
  readonly asset: string;
  readonly functionRole: FunctionRole;
  readonly description: string;
  /** Besides the variables that every capture has. */
  readonly environment?: { readonly [name: string]: string };
}

/** Of a function without `timeout`. */
export const DEFAULT_CAPTURE_TIMEOUT = Duration.minutes(5);

/** The function of a capture. */
export class CaptureFunction extends Construct {
  readonly function: lambda.IFunction;
  readonly logGroup: logs.ILogGroup;
  readonly role: iam.IRole;
  private readonly parts: DlqParts;

  constructor(scope: Construct, id: string, props: CaptureFunctionProps) {
    super(scope, id);
    mergeStatementsIn(this);
    this.parts = props.parts;
    const { queue, undeliverableQueue, overflow, maxMessageBytes, auditLogGroup, customMetrics, storage } = props.parts;
    const packaged = definePackagedFunction(this, {
      asset: props.asset,
      functionRole: props.functionRole,
      description: props.description,
      options: props.options,
      timeout: props.options.timeout ?? DEFAULT_CAPTURE_TIMEOUT,
      encryptionKey: storage.encryptionKey,
      auditLogGroup,
      customMetrics,
      environment: {
        [Environment.QUEUE_URL]: queue.queueUrl,
        [Environment.QUEUE_MAX_MESSAGE_BYTES]: String(maxMessageBytes),
        [Environment.UNDELIVERABLE_QUEUE_URL]: undeliverableQueue.queueUrl,
        // Whether or not the function writes there: the operator's tool learns from it where large dead letters are.
        [Environment.OVERFLOW_BUCKET]: overflow.bucket.bucketName,
        [Environment.OVERFLOW_PREFIX]: overflow.prefix,
        ...props.environment,
      },
    });
    this.function = packaged.function;
    this.logGroup = packaged.function.logGroup;
    this.role = packaged.role;
  }

  /** What must exist before the first event, once the source of the events is connected. */
  get delivery(): IDependable[] {
    // A permission and an invoke configuration are children of the function, which they depend on.
    const { defaultChild: resource, children } = this.function.node;
    const queuePolicy = this.parts.undeliverableQueue.node.tryFindChild('Policy');
    return [...children.filter((child) => child !== resource), ...(queuePolicy ? [queuePolicy] : [])];
  }

  /** Lets it send dead letters, and what can never become one to the undeliverable queue. */
  connectQueues(): void {
    const { queue, undeliverableQueue } = this.parts;
    checkGranted(this.parts.dlq, this.role, ...grantSend(queue, this.role), ...grantSend(undeliverableQueue, this.role));
  }
}

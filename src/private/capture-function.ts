import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IConstruct } from 'constructs';
import { CaptureFunctionOptions } from '../capture-options';
import { Environment } from '../contract';
import { DlqParts } from './capture';
import { checkDuration, checkInteger } from './check-range';
import { fail } from './fail';
import { grantSend } from './grants';

export interface CaptureFunctionProps extends CaptureFunctionOptions {
  readonly parts: DlqParts;
  /** Folder below `assets/`. */
  readonly asset: string;
  readonly description: string;
  /** Beside the variables that every capture has. */
  readonly environment: { readonly [name: string]: string };
}

/** The function of a capture, with a role that may write its own log and, by itself, nothing else. */
export class CaptureFunction extends Construct {
  readonly function: lambda.IFunction;
  readonly role: iam.IRole;
  private readonly parts: DlqParts;

  constructor(scope: Construct, id: string, props: CaptureFunctionProps) {
    super(scope, id);
    checkInteger(this, 'reservedConcurrency', props.reservedConcurrency, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(this, 'memorySize', props.memorySize, 128, 10_240);
    checkDuration(this, 'timeout', props.timeout, Duration.minutes(1), Duration.minutes(15));

    const logGroup =
      props.logGroup ??
      new logs.LogGroup(this, 'LogGroup', {
        retention: logs.RetentionDays.ONE_MONTH,
        // It tells which dead letters were written, never what is in them: nothing to keep beyond the stack.
        removalPolicy: RemovalPolicy.DESTROY,
      });

    // Instead of the managed policy for basic execution, which may write every log group of the account.
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);

    const { queue, undeliverableQueue, maxMessageBytes, source } = props.parts;
    this.parts = props.parts;
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: props.architecture ?? lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(this.assetFolder(props.asset)),
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.minutes(5),
      environment: {
        [Environment.QUEUE_URL]: queue.queueUrl,
        [Environment.QUEUE_MAX_MESSAGE_BYTES]: String(maxMessageBytes),
        [Environment.UNDELIVERABLE_QUEUE_URL]: undeliverableQueue.queueUrl,
        [Environment.STREAM_ARN]: source.streamArn,
        ...props.environment,
      },
      reservedConcurrentExecutions: props.reservedConcurrency,
      role: this.role,
      logGroup,
    });
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
    grantSend(queue, this.role);
    grantSend(undeliverableQueue, this.role);
    this.function.configureAsyncInvoke({
      onFailure: { bind: () => ({ destination: undeliverableQueue.queueArn }) },
    });
  }

  private assetFolder(name: string): string {
    const folder = path.join(__dirname, '..', '..', 'assets', name);
    if (!existsSync(folder)) {
      fail(this, `the bundled function ${name} must be in the package, got: nothing at ${folder}; in a checkout run \`npx projen bundle\``);
    }
    return folder;
  }
}

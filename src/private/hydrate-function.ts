import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { fail } from './fail';

export interface HydrateFunctionProps {
  /** Folder below `assets/`. */
  readonly asset: string;
  readonly environment: { readonly [name: string]: string };
  readonly architecture?: lambda.Architecture;
  readonly memorySize?: number;
  readonly timeout?: Duration;
  readonly logGroup?: logs.ILogGroup;
  readonly reservedConcurrency?: number;
}

/** The hydrate function with a role that may write its own log and, by itself, nothing else. */
export class HydrateFunction extends Construct {
  readonly function: lambda.IFunction;
  readonly role: iam.IRole;

  constructor(scope: Construct, id: string, props: HydrateFunctionProps) {
    super(scope, id);

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

    this.function = new lambda.Function(this, 'Function', {
      description: 'Reads the records of failed batches again and writes dead letters (cdk-stream-dlq)',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: props.architecture ?? lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(this.assetFolder(props.asset)),
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.minutes(5),
      environment: props.environment,
      reservedConcurrentExecutions: props.reservedConcurrency,
      role: this.role,
      logGroup,
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

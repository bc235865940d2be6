import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';

/**
 * Options of each function that this library defines.
 */
export interface DlqFunctionOptions {
  /**
   * Architecture of the function.
   *
   * @default Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * Memory of the function in MiB, from 128 to 10240.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Concurrent executions that are reserved for the function, at least 1. It never runs more instances than that, and the rest of the
   * account cannot use them.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   * @default - none: the function shares the concurrency of the account
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * Name of the function. Two deployments of an app to the same account and Region need different names.
   *
   * @default - CloudFormation generates the name
   */
  readonly functionName?: string;

  /**
   * Role of the function. It gets the permissions of the function, and the ones to write its log and, with `vpc`, to use network
   * interfaces. A role that this app cannot extend is an error at synth: it must be one of the stack of the
   * function, or imported and `mutable`.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   * @default - a new role is defined, with least privilege
   */
  readonly role?: iam.IRole;

  /**
   * Log group of the function. It logs the ids and the results of dead letters, never their data.
   *
   * @default - a new log group is defined that keeps events for a month, encrypted with the `encryptionKey` of the `StreamDlq` if that is
   * a key of this app
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * The least severe messages that the function logs: INFO, WARN or ERROR. INFO is a line for each dead letter.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
   * @default ApplicationLogLevel.INFO
   */
  readonly logLevel?: lambda.ApplicationLogLevel;

  /**
   * Whether the function is traced with AWS X-Ray. The role may then write traces, on all resources: AWS allows nothing narrower.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   * @default Tracing.DISABLED
   */
  readonly tracing?: lambda.Tracing;

  /**
   * VPC to run the function in. The subnets need a route, by a NAT gateway or VPC endpoints, to SQS, S3, KMS and CloudWatch Logs; a hydrate
   * function also to the streams, and a `RedriveFunction` to Lambda.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   * @default - the function is not in a VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets of `vpc` to run the function in.
   *
   * @default - the private subnets of the VPC
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the function in `vpc`.
   *
   * @default - a new security group is defined where `vpc` is given
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Key that encrypts the environment variables of the function: names of queues and buckets, no secrets.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
   * @default - the `encryptionKey` of the `StreamDlq`, otherwise the AWS managed key for Lambda
   */
  readonly environmentEncryption?: kms.IKey;
}

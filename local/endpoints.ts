/** Base URLs of the services: those of the emulators, or those of the gateway. */
export interface ServiceEndpoints {
  readonly kinesis: string;
  readonly sqs: string;
  readonly sns: string;
  readonly s3: string;
  /** DynamoDB and DynamoDB Streams. */
  readonly dynamodb: string;
}

/** The gateway's endpoints: one for each service, and one for all of them, including those without an emulator. */
export interface GatewayEndpoints extends ServiceEndpoints {
  readonly all: string;
}

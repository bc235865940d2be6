import type { Clients } from '../context';
import { remembering } from './call';
import { sdk } from './sdk';

export interface ClientSettings {
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
}

const ATTEMPTS = 5;
/** As many as `--concurrency` allows, and the heartbeat beside them. */
const MAX_SOCKETS = 80;
const CONNECT_MILLIS = 5_000;
/** A long poll takes 20 s at most. */
const REQUEST_MILLIS = 30_000;

/** The clients of one run, with the settings that every AWS tool has. */
export function awsClients(settings: ClientSettings, modules: typeof sdk = sdk): Clients {
  const { region, profile, endpointUrl, version, env } = settings;
  const options = {
    ...(region && { region }),
    ...(profile && { profile }),
    ...(endpointUrl && { endpoint: endpointUrl }),
    customUserAgent: [['stream-dlq', version]] as [string, string][],
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_MILLIS,
      requestTimeout: REQUEST_MILLIS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: MAX_SOCKETS },
      httpsAgent: { maxSockets: MAX_SOCKETS },
    },
  };
  const isElsewhere = (service: string): boolean =>
    [endpointUrl, env.AWS_ENDPOINT_URL, env[`AWS_ENDPOINT_URL_${service}`]].some((url) => url !== undefined && url !== '');

  return {
    sqs: once(async () => {
      const { SQSClient } = await modules.sqs();
      // A queue's URL names the endpoint of AWS, or one that only the machine it was made on knows.
      return remembering(new SQSClient({ ...options, ...(isElsewhere('SQS') && { useQueueUrlAsEndpoint: false }) }));
    }),
    s3: once(async () => {
      const { S3Client } = await modules.s3();
      return remembering(new S3Client({ ...options, ...(isElsewhere('S3') && { forcePathStyle: true }), followRegionRedirects: true }));
    }),
    lambda: once(async () => {
      const [{ LambdaClient }, { invokeOptions }] = await Promise.all([modules.lambda(), modules.invoke()]);
      return remembering(new LambdaClient({ ...options, ...invokeOptions }));
    }),
    kinesis: once(async () => {
      // The client's own HTTP/2 handler opens a session for every request; this one keeps its connections.
      const [{ KinesisClient }, { NodeHttpHandler }] = await Promise.all([modules.kinesis(), modules.http()]);
      return remembering(new KinesisClient({ ...options, requestHandler: new NodeHttpHandler(options.requestHandler) }));
    }),
    sts: once(async () => {
      const { STSClient } = await modules.sts();
      return remembering(new STSClient(options));
    }),
    logs: once(async () => {
      const { CloudWatchLogsClient } = await modules.logs();
      return remembering(new CloudWatchLogsClient(options));
    }),
    tagging: once(async () => {
      const { ResourceGroupsTaggingAPIClient } = await modules.tagging();
      return remembering(new ResourceGroupsTaggingAPIClient(options));
    }),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

import type { Clients } from '../context';
import { withCallMemory } from './call';
import { certificates, hasProxy } from './network';
import { sdk } from './sdk';
import { profileSettings } from './shared-config';

export interface ClientSettings {
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  /** Asks for the code of an MFA device, where there is a terminal to ask on. */
  mfaCode?(device: string): Promise<string>;
}

const ATTEMPTS = 5;
/** As many as `--concurrency` allows, and the heartbeat beside them. */
const MAX_SOCKETS = 80;
const CONNECT_MILLIS = 5_000;
/** A long poll takes 20 s at most. */
const REQUEST_MILLIS = 30_000;

/** The clients of one run, with the settings that every AWS tool has. */
export function awsClients(settings: ClientSettings, modules: typeof sdk = sdk): Clients {
  const { region, profile, endpointUrl, version, env, mfaCode } = settings;
  const requests = {
    connectionTimeout: CONNECT_MILLIS,
    requestTimeout: REQUEST_MILLIS,
    throwOnRequestTimeout: true,
    httpAgent: { maxSockets: MAX_SOCKETS },
    httpsAgent: { maxSockets: MAX_SOCKETS },
  };
  const common = {
    ...(region && { region }),
    ...(profile && { profile }),
    ...(endpointUrl && { endpoint: endpointUrl }),
    customUserAgent: [['stream-dlq', version]] as [string, string][],
    maxAttempts: ATTEMPTS,
  };
  const settingsOfProfile = once(async () => profileSettings(await modules.config(), profile, env));
  const trusted = once(async () => certificates(env, (await settingsOfProfile()).ca_bundle));
  /** How requests are made: by the proxy and the certificates that environment and profile name, as the AWS CLI does. */
  const handlerOf = async (given: typeof requests) => {
    const ca = await trusted();
    const options = ca ? { ...given, httpsAgent: { ...given.httpsAgent, ca } } : given;
    return hasProxy(env) ? new (await modules.proxy()).ProxyHandler(options, env) : options;
  };
  const handler = once(async () => handlerOf(requests));
  /** One for all clients: each would ask for a code of its own. */
  const credentials = once(async () => {
    const requestHandler = await handler();
    const keys = profile ? undefined : keysIn(env);
    if (keys) return keys;
    const { defaultProvider } = await modules.credentials();
    return defaultProvider({
      ...(profile && { profile }), ...(mfaCode && { mfaCodeProvider: mfaCode }), clientConfig: { requestHandler }, logger: SILENT,
    });
  });
  const optionsOf = async () => ({ ...common, requestHandler: await handler(), credentials: await credentials() });
  const logReaders = new Map<string, ReturnType<typeof logReader>>();
  const logReader = async (ofRegion: string) => {
    const [{ CloudWatchLogsClient }, options] = await Promise.all([modules.logs(), optionsOf()]);
    return withCallMemory(new CloudWatchLogsClient({ ...options, region: ofRegion, maxAttempts: 1 }));
  };
  const isElsewhere = (service: string): boolean =>
    [endpointUrl, env.AWS_ENDPOINT_URL, env[`AWS_ENDPOINT_URL_${service}`]].some((url) => url !== undefined && url !== '');

  return {
    sqs: once(async () => {
      const [{ SQSClient }, options] = await Promise.all([modules.sqs(), optionsOf()]);
      // A queue's URL names the endpoint of AWS, or one that only the machine it was made on knows.
      return withCallMemory(new SQSClient({ ...options, ...(isElsewhere('SQS') && { useQueueUrlAsEndpoint: false }) }));
    }),
    s3: once(async () => {
      const [{ S3Client }, options] = await Promise.all([modules.s3(), optionsOf()]);
      return withCallMemory(new S3Client({ ...options, ...(isElsewhere('S3') && { forcePathStyle: true }), followRegionRedirects: true }));
    }),
    lambda: once(async () => {
      const [{ LambdaClient }, { invokeOptions, invokeRequests }, options] = await Promise.all([modules.lambda(), modules.invoke(), optionsOf()]);
      const isOwn = hasProxy(env) || (await trusted()) !== undefined;
      return withCallMemory(new LambdaClient({ ...options, ...invokeOptions, ...(isOwn && { requestHandler: await handlerOf(invokeRequests) }) }));
    }),
    kinesis: once(async () => {
      // The client's own HTTP/2 handler opens a session for every request; this one keeps its connections.
      const [{ KinesisClient }, { NodeHttpHandler }, { PutRetry }] = await Promise.all([modules.kinesis(), modules.http(), modules.put()]);
      const options = await optionsOf();
      const requestHandler = NodeHttpHandler.create(options.requestHandler);
      return withCallMemory(new KinesisClient({ ...options, requestHandler, retryStrategy: new PutRetry() }));
    }),
    dynamodb: once(async () => {
      const [{ DynamoDBClient }, options] = await Promise.all([modules.dynamodb(), optionsOf()]);
      return withCallMemory(new DynamoDBClient(options));
    }),
    tableStreams: once(async () => {
      const [{ DynamoDBStreamsClient }, options] = await Promise.all([modules.tableStreams(), optionsOf()]);
      return withCallMemory(new DynamoDBStreamsClient(options));
    }),
    sts: once(async () => {
      const [{ STSClient }, options] = await Promise.all([modules.sts(), optionsOf()]);
      return withCallMemory(new STSClient(options));
    }),
    logs: once(async () => {
      const [{ CloudWatchLogsClient }, options] = await Promise.all([modules.logs(), optionsOf()]);
      return withCallMemory(new CloudWatchLogsClient(options));
    }),
    logReader: async (ofRegion) => {
      let reader = logReaders.get(ofRegion);
      if (!reader) logReaders.set(ofRegion, (reader = logReader(ofRegion)));
      return reader;
    },
    tagging: once(async () => {
      const [{ ResourceGroupsTaggingAPIClient }, options] = await Promise.all([modules.tagging(), optionsOf()]);
      return withCallMemory(new ResourceGroupsTaggingAPIClient(options));
    }),
  };
}

/**
 * Keys of the environment. They count before AWS_PROFILE and after --profile, as for the AWS CLI; the SDK alone takes AWS_PROFILE first,
 * and warns that it may change that.
 */
function keysIn({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN }: NodeJS.ProcessEnv) {
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }) };
}

/** The SDK warns of keys beside a profile, also where --profile says which of them is meant. */
const SILENT = { debug: ignored, info: ignored, warn: ignored, error: ignored };

function ignored(): void {
  // The tool says itself what went wrong.
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

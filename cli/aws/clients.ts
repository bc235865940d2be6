import type { Clients } from '../context';
import { remembering } from './call';
import { caOf, hasProxy } from './network';
import { sdk } from './sdk';

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
  /** How requests are made: by the proxy and the certificates that the environment names, as other tools of AWS do. */
  const handlerOf = async (given: typeof requests) => {
    const ca = caOf(env);
    const options = ca ? { ...given, httpsAgent: { ...given.httpsAgent, ca } } : given;
    return hasProxy(env) ? new (await modules.proxy()).ProxyHandler(options, env) : options;
  };
  const handler = once(async () => handlerOf(requests));
  /** One for all clients: each would ask for a code of its own. */
  const credentials = once(async () => {
    if (!mfaCode) return {};
    const requestHandler = await handler();
    const { defaultProvider } = await modules.credentials();
    return { credentials: defaultProvider({ ...(profile && { profile }), mfaCodeProvider: mfaCode, clientConfig: { requestHandler } }) };
  });
  const optionsOf = async () => ({ ...common, requestHandler: await handler(), ...(await credentials()) });
  const isElsewhere = (service: string): boolean =>
    [endpointUrl, env.AWS_ENDPOINT_URL, env[`AWS_ENDPOINT_URL_${service}`]].some((url) => url !== undefined && url !== '');

  return {
    sqs: once(async () => {
      const [{ SQSClient }, options] = await Promise.all([modules.sqs(), optionsOf()]);
      // A queue's URL names the endpoint of AWS, or one that only the machine it was made on knows.
      return remembering(new SQSClient({ ...options, ...(isElsewhere('SQS') && { useQueueUrlAsEndpoint: false }) }));
    }),
    s3: once(async () => {
      const [{ S3Client }, options] = await Promise.all([modules.s3(), optionsOf()]);
      return remembering(new S3Client({ ...options, ...(isElsewhere('S3') && { forcePathStyle: true }), followRegionRedirects: true }));
    }),
    lambda: once(async () => {
      const [{ LambdaClient }, { invokeOptions, invokeRequests }, options] = await Promise.all([modules.lambda(), modules.invoke(), optionsOf()]);
      const isOwn = hasProxy(env) || caOf(env) !== undefined;
      return remembering(new LambdaClient({ ...options, ...invokeOptions, ...(isOwn && { requestHandler: await handlerOf(invokeRequests) }) }));
    }),
    kinesis: once(async () => {
      // The client's own HTTP/2 handler opens a session for every request; this one keeps its connections.
      const [{ KinesisClient }, { NodeHttpHandler }, { PutRetry }] = await Promise.all([modules.kinesis(), modules.http(), modules.put()]);
      const options = await optionsOf();
      const requestHandler = NodeHttpHandler.create(options.requestHandler);
      return remembering(new KinesisClient({ ...options, requestHandler, retryStrategy: new PutRetry() }));
    }),
    sts: once(async () => {
      const [{ STSClient }, options] = await Promise.all([modules.sts(), optionsOf()]);
      return remembering(new STSClient(options));
    }),
    logs: once(async () => {
      const [{ CloudWatchLogsClient }, options] = await Promise.all([modules.logs(), optionsOf()]);
      return remembering(new CloudWatchLogsClient(options));
    }),
    tagging: once(async () => {
      const [{ ResourceGroupsTaggingAPIClient }, options] = await Promise.all([modules.tagging(), optionsOf()]);
      return remembering(new ResourceGroupsTaggingAPIClient(options));
    }),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

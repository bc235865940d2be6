import { CliError } from '../cli-error';
import { operatorCommand } from '../command-line';
import type { GlobalOptions } from '../context';
import { ExitCode } from '../exit-code';
import { failedCall } from './call';
import { actionOf } from './iam-action';
import { policyHint } from './policy-hint';

/** What the user gave, for telling what to change. */
export interface Given extends Partial<GlobalOptions> {
  /** AWS_PROFILE. */
  readonly environmentProfile?: string;
  /** The command that prints the policy of a command that has one of its own. */
  readonly policyCommand?: string;
}

interface AwsErrorShape extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $fault?: 'client' | 'server';
  readonly code?: string;
}

/** `User: … is not authorized to perform: … on resource: … because …`: the words of IAM in every service. */
const DENIAL = /(\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: "?([^\s"]+)"?)?/i;
const EXPLICIT = /with an explicit deny(?: in (?:an? )?([\w -]+?policy))?/i;

/** Names of errors, by what they mean. Services differ in how they spell one thing. */
const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'];
const UNKNOWN_CREDENTIALS = [
  'InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidSignatureException',
  'InvalidToken', 'AuthFailure', 'IncompleteSignature', 'MissingAuthenticationToken', 'MissingAuthenticationTokenException', 'InvalidSecurity',
];
const NO_CREDENTIALS = ['CredentialsProviderError', 'TokenProviderError', 'ProviderError'];
const DENIED = ['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'AuthorizationErrorException', 'NotAuthorized', 'UnauthorizedOperation'];
const KEY_DENIED = ['KMSAccessDeniedException', 'KmsAccessDenied', 'KMS.AccessDeniedException'];
const NO_QUEUE = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'];
const ABSENT = ['ResourceNotFoundException', 'NotFoundException', 'NoSuchBucket', 'NoSuchKey', 'NotFound'];
const THROTTLED = [
  'ThrottlingException', 'Throttling', 'ThrottledException', 'TooManyRequestsException', 'RequestThrottled', 'RequestThrottledException',
  'ProvisionedThroughputExceededException', 'LimitExceededException', 'SlowDown', 'KMSThrottlingException', 'KmsThrottled',
];
const SKEWED = ['RequestTimeTooSkewed', 'RequestInTheFuture'];
const UNREACHED = [
  'ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', 'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID', 'EPROTO',
];
/** The certificate is signed by an authority that this machine does not know. */
const UNTRUSTED = [
  'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
];

/** Whether AWS said no for want of a permission. */
export function isDenied(error: unknown): boolean {
  const { name } = error as Error;
  return DENIED.includes(name) || KEY_DENIED.includes(name) || DENIAL.test((error as Error).message ?? '');
}

/** The permission that is missing, where AWS says which. */
export function deniedAction(error: Error): string | undefined {
  return DENIAL.exec(error.message)?.[2];
}

/** Whether AWS asks for fewer requests. */
export function isThrottled(error: unknown): boolean {
  return THROTTLED.includes((error as Error).name);
}

/** Whether the same request may succeed a moment later: AWS failed, or the way there. */
export function isTransient(error: unknown): boolean {
  return error instanceof Error && ((error as AwsErrorShape).$fault === 'server' || (!isServiceError(error) && unreachable(error) !== undefined));
}

/** Whether it is AWS that said no, and not the way there. */
export function isServiceError(error: unknown): boolean {
  const { $fault, $metadata } = (error ?? {}) as Partial<AwsErrorShape>;
  return $fault !== undefined || $metadata?.httpStatusCode !== undefined;
}

/** What an error of AWS or of the way there means to the user; nothing where it is neither. */
export function explainAwsError(error: unknown, given: Given): CliError | undefined {
  if (!(error instanceof Error)) return undefined;
  const message = explanation(error, given);
  return message === undefined ? undefined : new CliError(message, ExitCode.REFUSED);
}

function explanation(error: AwsErrorShape, given: Given): string | undefined {
  const { name, message } = error;
  const call = failedCall(error);
  const where = call ? `${call.service} ${call.operation}${call.resource ? ` of ${call.resource}` : ''}` : 'AWS';
  const profileName = given.profile ?? given.environmentProfile;
  const profile = profileName ? ` of profile ${profileName}` : '';

  if (message === 'Region is missing' || /region is missing/i.test(message)) {
    return 'no AWS region: give --region, set AWS_REGION, or set a region in the profile (--profile, AWS_PROFILE)';
  }
  if (NO_CREDENTIALS.includes(name)) return noCredentials(message, profileName);
  if (EXPIRED.includes(name)) {
    return `the AWS credentials${profile} have expired: get new ones (for SSO: aws sso login${profileName ? ` --profile ${profileName}` : ''})`;
  }
  if (SKEWED.includes(name)) return 'AWS refused the request because the clock of this machine is wrong: set it, and try again';
  if (/MultiFactorAuthentication failed/i.test(message)) return `the MFA code was refused (${message}): run the command again, with the next code`;
  if (isDenied(error)) return denial(error, where, given);
  if (UNKNOWN_CREDENTIALS.includes(name)) {
    return `AWS does not know the credentials${profile} (${name}: ${message}): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN or --profile, ` +
      'and whether the region is enabled in the account';
  }
  if (NO_QUEUE.includes(name)) {
    const list = operatorCommand('queues', { ...given, queue: undefined, stack: undefined });
    return `there is no queue ${call?.resource ?? ''} in this account and region: check --queue, --region and --profile; \`${list}\` lists the dead-letter queues`
      .replace('  ', ' ');
  }
  if (/^KMS|^Kms/.test(name) && !THROTTLED.includes(name)) return `${where} cannot use a KMS key: ${name}: ${message}: enable the key, or cancel its deletion`;
  if (ABSENT.includes(name)) {
    const other = call?.service === 'Lambda' && call.operation === 'Invoke' ? '; redrive --function NAME sends dead letters to another' : '';
    return `${where}: there is no such thing (${name}: ${message}): check --region and --profile, and that it was not deleted${other}`;
  }
  if (THROTTLED.includes(name)) return `AWS asks for fewer requests (${where}: ${name}: ${message}): try again in a moment, with a lower --concurrency or --rate`;
  if (UNTRUSTED.includes(error.code ?? '')) {
    return `the certificate of ${given.endpointUrl ? `--endpoint-url ${given.endpointUrl}` : 'AWS'} is not trusted (${error.code}: ${message}): set AWS_CA_BUNDLE, or ` +
      'ca_bundle of the profile, to a file with the certificates of the authority that signed it, such as the one of your company';
  }
  const unreached = unreachable(error);
  if (unreached) {
    return given.endpointUrl
      ? `no response from --endpoint-url ${given.endpointUrl} (${unreached}): check the URL and that something listens there`
      : `AWS cannot be reached (${unreached}): check the network, a proxy, AWS_ENDPOINT_URL, and that the region (--region) exists`;
  }
  // Any other refusal.
  if (isServiceError(error)) {
    const id = error.$metadata?.requestId;
    return `${where} failed: ${name}: ${message}${id ? ` (request ${id})` : ''}`;
  }
  return undefined;
}

function noCredentials(message: string, profile: string | undefined): string {
  if (/multi-factor/i.test(message)) {
    const option = profile ? ` --profile ${profile}` : '';
    return `${profile ? `profile ${profile}` : 'the profile'} needs an MFA code, and there is no terminal to ask for it on: run the command on a terminal, or set what ` +
      `"aws configure export-credentials --format env${option}" prints, which asks for the code (${message})`;
  }
  if (/\bsso\b|Session token not found or invalid/i.test(message)) return `there is no SSO session, or it has expired: aws sso login${profile ? ` --profile ${profile}` : ''} (${message})`;
  if (profile) return `no AWS credentials in profile ${profile}: ${message}`;
  return 'no AWS credentials: set AWS_PROFILE or give --profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in (aws sso login) ' +
    `(${message})`;
}

function denial(error: AwsErrorShape, where: string, given: Given): string {
  const call = failedCall(error);
  const [, principal, action, resource] = DENIAL.exec(error.message) ?? [];
  const missing = action ?? (KEY_DENIED.includes(error.name) ? 'kms:Decrypt or kms:GenerateDataKey' : call && actionOf(call));
  const what = missing ? `not allowed: ${missing}` : `not allowed (${where})`;
  const on = resource && resource !== '*' ? resource : call?.resource;
  const explicit = EXPLICIT.exec(error.message);
  const why = explicit
    ? `a policy denies it explicitly${explicit[1] ? ` (${explicit[1]})` : ''}: ask its owner to change it`
    // Of two that it may be, the second takes the wider policy.
    : policyHint(missing?.split(' ').at(-1), call, given);
  return [
    `${what}${on ? ` on ${on}` : ''}${principal && !KEY_DENIED.includes(principal) ? `, for ${principal}` : ''}`,
    why,
    ...(action ? [] : [`AWS said: ${error.name}: ${error.message}`]),
  ].join('\n');
}

/** Why nothing came back, as Node.js puts it. */
function unreachable(error: AwsErrorShape): string | undefined {
  const inner = error instanceof AggregateError ? (error.errors[0] as AwsErrorShape | undefined) : undefined;
  const code = error.code ?? inner?.code;
  if (code !== undefined && UNREACHED.includes(code)) return `${code}: ${error.message || inner?.message || 'no connection'}`;
  // What a proxy answers that does not let a request through.
  const [, status] = /^Bad response: (\d+)$/.exec(error.message) ?? [];
  if (status !== undefined) return `the proxy of HTTPS_PROXY answered ${status}${status === '407' ? ', it wants a name and password in its URL' : ''}`;
  if (error.message === 'Proxy timeout') return 'the proxy of HTTPS_PROXY does not answer';
  return error.name === 'TimeoutError' ? `no answer in time: ${error.message}` : undefined;
}

/** Errors of AWS that no message is to blame for, and that waiting does not fix, beside permissions that are missing. */
const NAMES = new Set([
  'CredentialsProviderError', 'TokenProviderError', 'ProviderError', 'ExpiredToken', 'ExpiredTokenException', 'RequestExpired',
  'InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidSignatureException',
  'QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'ResourceNotFoundException', 'NoSuchBucket',
]);

/** Whether the next message would meet the same error. */
export function isFatal(error: unknown): boolean {
  return isDenied(error) || NAMES.has((error as Error).name) || isKmsKeyError(error);
}

/** Whether a KMS key is of no use. */
export function isKmsKeyError(error: unknown): boolean {
  const { name = '' } = error as Error;
  return /^kms/i.test(name) && !/throttl/i.test(name);
}

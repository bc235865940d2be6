import { KinesisClient, ListShardsCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import {
  GetFunctionConfigurationCommand, InvokeCommand, LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { GetObjectCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { explainAwsError, type Given, isDenied } from '../../aws/aws-error';
import { withCallMemory } from '../../aws/call';
import { ExitCode } from '../../exit-code';

function refusal(name: string, message: string, extra: object = {}): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: 400, requestId: 'r-1' }, ...extra });
}

const config = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, maxAttempts: 1 };
const failingWith = (error: Error) => ({ ...config, requestHandler: { handle: () => Promise.reject(error) } }) as never;
const QUEUE = 'https://sqs.us-east-1.amazonaws.com/123456789012/q';
const STREAM = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';

/** What is said of an error that a call ended with. */
async function saidOf(call: () => Promise<unknown>, given: Given = {}): Promise<string | undefined> {
  const error: unknown = await call().catch((reason: unknown) => reason);
  return explainAwsError(error, given)?.message;
}

const hintOf = (command: string) => `\`npx stream-dlq ${command} --stack NAME\`, run by an administrator, prints the policy that allows it`;
const FOR_READ = hintOf('policy --read');
const FOR_REDRIVE = hintOf('policy --redrive');
const FOR_FUNCTION = '`npx stream-dlq policy --redrive --processor ARN`, run by an administrator, prints the policy that allows it';
const FOR_STREAM = hintOf('policy --redrive --to-stream');
const FOR_REMOTE = hintOf('policy --redrive --remote');
const FOR_OTHERS = 'the `--help` of the command says what it needs';

describe('a permission that is missing', () => {
  const USER = 'arn:aws:sts::123456789012:assumed-role/Operator/jane';

  test.each<[string, string, string]>([
    ['in the words of IAM',
      `User: ${USER} is not authorized to perform: sqs:receivemessage on resource: arn:aws:sqs:us-east-1:123456789012:q because no identity-based policy allows the sqs:receivemessage action`,
      `not allowed: sqs:receivemessage on arn:aws:sqs:us-east-1:123456789012:q, for ${USER}\n${FOR_READ}`],
    ['of a key',
      `User: ${USER} is not authorized to perform: kms:Decrypt on the resource associated with ciphertext because the resource does not exist`,
      `not allowed: kms:Decrypt, for ${USER}\n${FOR_READ}`],
    ['of everything',
      `User: ${USER} is not authorized to perform: tag:GetResources because no identity-based policy allows the tag:GetResources action`,
      `not allowed: tag:GetResources, for ${USER}\n${FOR_READ}`],
    ['that is denied on purpose',
      `User: ${USER} is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:orders with an explicit deny in a service control policy`,
      `not allowed: lambda:InvokeFunction on arn:aws:lambda:us-east-1:123456789012:function:orders, for ${USER}\na policy denies it explicitly (service control policy): ask its owner to change it`],
    ['that is denied on purpose, nobody says where',
      `User: ${USER} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" with an explicit deny`,
      `not allowed: s3:GetObject on arn:aws:s3:::b/k, for ${USER}\na policy denies it explicitly: ask its owner to change it`],
  ])('is named, with what it is on: %s', (_, message, expected) => {
    const error = refusal('AccessDeniedException', message);
    expect(isDenied(error)).toBe(true);
    expect(explainAwsError(error, {})).toMatchObject({ message: expected, exitCode: ExitCode.REFUSED });
  });

  const DENIED = failingWith(refusal('AccessDenied', 'Access Denied'));
  const sqs = withCallMemory(new SQSClient(DENIED));
  const lambda = withCallMemory(new LambdaClient(DENIED));
  const s3 = withCallMemory(new S3Client(DENIED));
  const kinesis = withCallMemory(new KinesisClient(DENIED));
  const tagging = withCallMemory(new ResourceGroupsTaggingAPIClient(DENIED));

  test.each<[string, () => Promise<unknown>, string, string]>([
    ['to look at a queue', () => sqs.send(new ReceiveMessageCommand({ QueueUrl: QUEUE })), `sqs:ReceiveMessage on ${QUEUE}`, FOR_READ],
    ['to change a queue', () => sqs.send(new DeleteMessageCommand({ QueueUrl: QUEUE, ReceiptHandle: 'r' })), `sqs:DeleteMessage on ${QUEUE}`, FOR_REDRIVE],
    ['to put something into it', () => sqs.send(new SendMessageCommand({ QueueUrl: QUEUE, MessageBody: 'b' })), `sqs:SendMessage on ${QUEUE}`, FOR_REDRIVE],
    ['to read an object', () => s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' })), 's3:GetObject on s3://b/k', FOR_READ],
    ['to write one', () => s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' })), 's3:PutObject on s3://b/k', FOR_REDRIVE],
    ['to invoke a function', () => lambda.send(new InvokeCommand({ FunctionName: 'orders' })), 'lambda:InvokeFunction on orders', FOR_FUNCTION],
    ['to put into a stream', () => kinesis.send(new PutRecordsCommand({ StreamARN: STREAM, Records: [] })), `kinesis:PutRecords on ${STREAM}`, FOR_STREAM],
    ['to find the shards of a stream, for aggregates', () => kinesis.send(new ListShardsCommand({ StreamARN: STREAM })), `kinesis:ListShards on ${STREAM}`, FOR_STREAM],
    ['to find the mapping of the redrive function',
      () => lambda.send(new ListEventSourceMappingsCommand({ FunctionName: 'redrive' })), 'lambda:ListEventSourceMappings on redrive', FOR_READ],
    ['to switch it', () => lambda.send(new UpdateEventSourceMappingCommand({ UUID: 'u' })), 'lambda:UpdateEventSourceMapping on u', FOR_REMOTE],
    ['to find functions', () => tagging.send(new GetResourcesCommand({})), 'tag:GetResources', FOR_READ],
    ['of no policy that is printed', () => s3.send(new HeadBucketCommand({ Bucket: 'b' })), 's3:HeadBucket on s3://b', FOR_OTHERS],
  ])('comes from the call where AWS does not name it, with the command that prints the policy: %s', async (_, call, expected, hint) => {
    expect(await saidOf(call)).toBe(`not allowed: ${expected}\n${hint}\nAWS said: AccessDenied: Access Denied`);
  });

  it('comes with a command for the given queue, account and region', () => {
    const given = { queue: QUEUE, profile: 'ops', region: 'us-east-1' };
    expect(explainAwsError(refusal('AccessDenied', `User: ${USER} is not authorized to perform: sqs:DeleteMessage`), given)?.message).toContain(
      `\n\`npx stream-dlq policy --redrive --queue ${QUEUE} --region us-east-1 --profile ops\`, run by an administrator, prints`,
    );
  });

  it('comes with the command that prints the policy for a key', async () => {
    const keyError = () => refusal('KMSAccessDeniedException', 'no access to the key');
    const put = () => withCallMemory(new KinesisClient(failingWith(keyError()))).send(new PutRecordsCommand({ StreamARN: STREAM, Records: [] }));
    expect(await saidOf(put)).toContain(`\n${FOR_STREAM}\n`);
    expect(explainAwsError(keyError(), {})?.message).toContain(`\n${FOR_REDRIVE}\n`);
  });

  it('may be one of a key, where AWS says no more', () => {
    expect(explainAwsError(refusal('KMSAccessDeniedException', 'Lambda was unable to decrypt the environment variables because KMS access was denied.'), {})?.message)
      .toMatch(/^not allowed: kms:Decrypt or kms:GenerateDataKey\n/);
  });

  it('names what is known where neither AWS nor the call names it', () => {
    expect(explainAwsError(refusal('AccessDenied', 'Access Denied'), {})?.message).toMatch(/^not allowed \(AWS\)\n/);
  });
});

describe('credentials', () => {
  test.each<[string, Error, Given, string]>([
    ['that are missing', refusal('CredentialsProviderError', 'Could not load credentials from any providers'), {},
      'no AWS credentials: set AWS_PROFILE or give --profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in (aws sso login) (Could not load credentials from any providers)'],
    ['that a profile has not', refusal('CredentialsProviderError', 'Could not resolve credentials using profile: [ops]'), { profile: 'ops' },
      'no AWS credentials in profile ops: Could not resolve credentials using profile: [ops]'],
    ['of an SSO session that is over', refusal('CredentialsProviderError', 'The SSO session associated with this profile has expired.'), { profile: 'ops' },
      'there is no SSO session, or it has expired: aws sso login --profile ops (The SSO session associated with this profile has expired.)'],
    ['of an SSO session that AWS no longer knows', refusal('CredentialsProviderError', 'UnauthorizedException: Session token not found or invalid'), { profile: 'ops' },
      'there is no SSO session, or it has expired: aws sso login --profile ops (UnauthorizedException: Session token not found or invalid)'],
    ['with a code that is wrong', refusal('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code. '), {},
      'the MFA code was refused (MultiFactorAuthentication failed with invalid MFA one time pass code. ): run the command again, with the next code'],
    ['that have expired', refusal('ExpiredTokenException', 'The security token included in the request is expired'), { profile: 'ops' },
      'the AWS credentials of profile ops have expired: get new ones (for SSO: aws sso login --profile ops)'],
    ['that have expired, of no profile', refusal('ExpiredToken', 'expired'), {}, 'the AWS credentials have expired: get new ones (for SSO: aws sso login)'],
    ['that AWS does not know', refusal('InvalidClientTokenId', 'The security token included in the request is invalid.'), {},
      'AWS does not know the credentials (InvalidClientTokenId: The security token included in the request is invalid.): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN or --profile, and whether the region is enabled in the account'],
    ['used with a wrong clock', refusal('RequestTimeTooSkewed', 'x'), {}, 'AWS refused the request because the clock of this machine is wrong: set it, and try again'],
  ])('%s', (_, error, given, expected) => {
    expect(explainAwsError(error, given)).toMatchObject({ message: expected, exitCode: ExitCode.REFUSED });
  });
});

describe('what else AWS or the way there says', () => {
  test.each<[string, Error, Given, string]>([
    ['no region', new Error('Region is missing'), {}, 'no AWS region: give --region, set AWS_REGION, or set a region in the profile (--profile, AWS_PROFILE)'],
    ['a key that is off', refusal('KMSDisabledException', 'key is disabled'), {},
      'AWS cannot use a KMS key: KMSDisabledException: key is disabled: enable the key, or cancel its deletion'],
    ['throttling', refusal('TooManyRequestsException', 'Rate exceeded'), {},
      'AWS asks for fewer requests (AWS: TooManyRequestsException: Rate exceeded): try again in a moment, with a lower --concurrency or --rate'],
    ['throttling by a key', refusal('KmsThrottled', 'slow'), {},
      'AWS asks for fewer requests (AWS: KmsThrottled: slow): try again in a moment, with a lower --concurrency or --rate'],
    ['anything else', refusal('InvalidParameterValueException', 'Value 3 is invalid'), {},
      'AWS failed: InvalidParameterValueException: Value 3 is invalid (request r-1)'],
    ['nobody at the endpoint', Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:4566'), { code: 'ECONNREFUSED' }), { endpointUrl: 'http://127.0.0.1:4566' },
      'no response from --endpoint-url http://127.0.0.1:4566 (ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:4566): check the URL and that something listens there'],
    ['nobody at any of its addresses',
      Object.assign(new AggregateError([Object.assign(new Error('connect ECONNREFUSED ::1:4566'), { code: 'ECONNREFUSED' })], ''), {}), { endpointUrl: 'http://localhost:4566' },
      'no response from --endpoint-url http://localhost:4566 (ECONNREFUSED: connect ECONNREFUSED ::1:4566): check the URL and that something listens there'],
    ['no such host', Object.assign(new Error('getaddrinfo ENOTFOUND sqs.mars-1.amazonaws.com'), { code: 'ENOTFOUND' }), {},
      'AWS cannot be reached (ENOTFOUND: getaddrinfo ENOTFOUND sqs.mars-1.amazonaws.com): check the network, a proxy, AWS_ENDPOINT_URL, and that the region (--region) exists'],
    ['a certificate of a company that inspects TLS', Object.assign(new Error('self-signed certificate in certificate chain'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), {},
      'the certificate of AWS is not trusted (SELF_SIGNED_CERT_IN_CHAIN: self-signed certificate in certificate chain): set AWS_CA_BUNDLE, or ca_bundle of the profile, to a ' +
      'file with the certificates of the authority that signed it, such as the one of your company'],
    ['a proxy that wants a password', new Error('Bad response: 407'), {},
      'AWS cannot be reached (the proxy of HTTPS_PROXY answered 407, it wants a name and password in its URL): check the network, a proxy, AWS_ENDPOINT_URL, and that the region (--region) exists'],
    ['a proxy that does not answer', new Error('Proxy timeout'), {},
      'AWS cannot be reached (the proxy of HTTPS_PROXY does not answer): check the network, a proxy, AWS_ENDPOINT_URL, and that the region (--region) exists'],
    ['no answer', Object.assign(new Error('socket timed out'), { name: 'TimeoutError' }), {},
      'AWS cannot be reached (no answer in time: socket timed out): check the network, a proxy, AWS_ENDPOINT_URL, and that the region (--region) exists'],
  ])('is translated: %s', (_, error, given, expected) => {
    expect(explainAwsError(error, given)).toMatchObject({ message: expected, exitCode: ExitCode.REFUSED });
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['queue', () => withCallMemory(new SQSClient(failingWith(refusal('QueueDoesNotExist', 'gone')))).send(new GetQueueAttributesCommand({ QueueUrl: QUEUE })),
      `there is no queue ${QUEUE} in this account and region: check --queue, --region and --profile; \`npx stream-dlq queues\` lists the dead-letter queues`],
    ['function',
      () => withCallMemory(new LambdaClient(failingWith(refusal('ResourceNotFoundException', 'Function not found')))).send(new GetFunctionConfigurationCommand({ FunctionName: 'orders' })),
      'Lambda GetFunctionConfiguration of orders: there is no such thing (ResourceNotFoundException: Function not found): check --region and --profile, and that it was not deleted'],
    ['function to send to',
      () => withCallMemory(new LambdaClient(failingWith(refusal('ResourceNotFoundException', 'Function not found')))).send(new InvokeCommand({ FunctionName: 'orders:5' })),
      'Lambda Invoke of orders:5: there is no such thing (ResourceNotFoundException: Function not found): check --region and --profile, and that it was not deleted; redrive --function NAME sends dead letters to another'],
    ['object', () => withCallMemory(new S3Client(failingWith(refusal('NoSuchKey', 'no key')))).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' })),
      'S3 GetObject of s3://b/k: there is no such thing (NoSuchKey: no key): check --region and --profile, and that it was not deleted'],
  ])('says which %s is not there', async (_, call, expected) => {
    expect(await saidOf(call)).toBe(expected);
  });

  test.each<[string, unknown]>([
    ['a mistake of ours', new TypeError('x is not a function')],
    ['no error at all', 'x'],
    ['a file that is missing', Object.assign(new Error('ENOENT'), { code: 'ENOENT' })],
  ])('is nothing of AWS: %s', (_, error) => {
    expect(explainAwsError(error, {})).toBeUndefined();
  });
});

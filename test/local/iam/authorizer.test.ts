import { Account, type PolicyDocument, type PolicyStatement } from '../../../local/account';
import { AccessDeniedError, requireAccess, type AuthorizationRequest } from '../../../local/iam/authorization';
import { Authorizer } from '../../../local/iam/authorizer';

const STREAM = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:dead-letters';
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:failures';
const BUCKET = 'arn:aws:s3:::overflow';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234';
const ROLE = 'arn:aws:iam::123456789012:role/service-role/Hydrate';
const ROOT = 'arn:aws:iam::123456789012:root';
const USER = 'User: arn:aws:sts::123456789012:assumed-role/Hydrate/local';

let account: Account;
let authorizer: Authorizer;

beforeEach(() => {
  account = new Account();
  account.addRole({ arn: ROLE, trust: policy(), policies: new Map() });
  authorizer = new Authorizer(account);
});

function policy(...Statement: PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement };
}

function identity(...statements: PolicyStatement[]): void {
  account.roles.get(ROLE)!.policies.set('Inline', policy(...statements));
}

async function ask(action: string, resource: string, extra: Partial<AuthorizationRequest> = {}) {
  return authorizer.authorize({ principal: { roleArn: ROLE }, action, resource, ...extra });
}

const ALLOWED = { allowed: true, message: '' };
const readStream: PolicyStatement = {
  Effect: 'Allow',
  Action: ['kinesis:Get*', 'kinesis:DescribeStreamSummary'],
  Resource: STREAM,
};

describe('a role', () => {
  test("without a policy is refused in AWS's words, and the refusal is recorded", async () => {
    const message =
      `${USER} is not authorized to perform: kinesis:GetRecords on resource: ${STREAM} `
      + 'because no identity-based policy allows the kinesis:GetRecords action';
    expect(await ask('kinesis:GetRecords', STREAM)).toEqual({ allowed: false, message });
    expect(account.decisions).toEqual([
      { principal: ROLE, action: 'kinesis:GetRecords', resource: STREAM, allowed: false, message },
    ]);
  });

  test('is named by its session where one is given', async () => {
    const { message } = await ask('kinesis:GetRecords', STREAM, {
      principal: { roleArn: ROLE, sessionName: 'hydrate' },
    });
    expect(message).toMatch('assumed-role/Hydrate/hydrate is not');
  });

  test('may do what an identity policy allows, and nothing else', async () => {
    identity(readStream);
    expect(await ask('kinesis:GetRecords', STREAM)).toEqual(ALLOWED);
    expect((await ask('kinesis:PutRecord', STREAM)).allowed).toBe(false);
    expect((await ask('kinesis:GetRecords', `${STREAM}2`)).allowed).toBe(false);
    expect(account.decisions.map((decision) => decision.allowed)).toEqual([true, false, false]);
    expect(account.denials).toHaveLength(2);
  });

  test('loses what is taken from its policy in place, and what is gone with the policy', async () => {
    identity({ ...readStream });
    expect((await ask('kinesis:GetRecords', STREAM)).allowed).toBe(true);
    const statement = account.roles.get(ROLE)!.policies.get('Inline')!.Statement[0] as unknown as { Action: string[] };
    statement.Action = statement.Action.filter((action) => action !== 'kinesis:Get*');
    expect((await ask('kinesis:GetRecords', STREAM)).allowed).toBe(false);
    expect((await ask('kinesis:DescribeStreamSummary', STREAM)).allowed).toBe(true);
    account.roles.get(ROLE)!.policies.delete('Inline');
    expect((await ask('kinesis:DescribeStreamSummary', STREAM)).allowed).toBe(false);
  });

  test('is stopped by an explicit deny of its own', async () => {
    identity(readStream, { Effect: 'Deny', Action: 'kinesis:*', Resource: '*' });
    expect((await ask('kinesis:GetRecords', STREAM)).message).toMatch(
      /with an explicit deny in an identity-based policy$/,
    );
  });

  test('may do what a resource policy of its account allows it by name', async () => {
    account.resourcePolicies.set(
      QUEUE,
      policy({ Effect: 'Allow', Principal: { AWS: ROLE }, Action: 'sqs:SendMessage', Resource: QUEUE }),
    );
    expect(await ask('sqs:SendMessage', QUEUE)).toEqual(ALLOWED);
  });

  test('gains nothing from a resource policy that trusts the whole account', async () => {
    account.resourcePolicies.set(
      QUEUE,
      policy({ Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'sqs:*', Resource: QUEUE }),
    );
    expect((await ask('sqs:SendMessage', QUEUE)).allowed).toBe(false);
  });

  test('that the account does not hold is an error, not a refusal', async () => {
    await expect(ask('sqs:SendMessage', QUEUE, { principal: { roleArn: `${ROLE}X` } })).rejects.toThrow(
      `the role is not in the account: ${ROLE}X`,
    );
  });

  test('whose policy is malformed is an error that says so', async () => {
    identity({ Effect: 'Allow', Action: 'sqs:SendMessage' });
    await expect(ask('sqs:SendMessage', QUEUE)).rejects.toThrow(
      /^cannot decide on sqs:SendMessage for .*policy\.errors/,
    );
  });

  test('that asks for an action that does not exist gets an error', async () => {
    await expect(ask('sqs:SendMesage', QUEUE)).rejects.toThrow(/cannot decide on sqs:SendMesage .*invalid\.action/);
  });
});

describe('a bucket policy that asks for TLS', () => {
  beforeEach(() => {
    identity({ Effect: 'Allow', Action: ['s3:PutObject', 's3:ListBucket'], Resource: [BUCKET, `${BUCKET}/*`] });
    account.resourcePolicies.set(
      BUCKET,
      policy({
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 's3:*',
        Resource: [BUCKET, `${BUCKET}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  test.each([
    [`${BUCKET}/a/b`, 's3:PutObject'],
    [BUCKET, 's3:ListBucket'],
  ])('lets %s through over TLS, which is what requests here count as', async (resource, action) => {
    expect(await ask(action, resource)).toEqual(ALLOWED);
  });

  test('stops a request that says it came without', async () => {
    const { message } = await ask('s3:PutObject', `${BUCKET}/a/b`, { context: { 'aws:SecureTransport': 'false' } });
    expect(message).toMatch(/with an explicit deny in a resource-based policy$/);
  });
});

describe('a service', () => {
  const sns = { service: 'sns.amazonaws.com', sourceArn: TOPIC };

  test('may do what the resource policy allows it for its source', async () => {
    account.resourcePolicies.set(
      QUEUE,
      policy({
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: QUEUE,
        Condition: { ArnEquals: { 'aws:SourceArn': TOPIC }, StringEquals: { 'aws:SourceAccount': '123456789012' } },
      }),
    );
    expect(await ask('sqs:SendMessage', QUEUE, { principal: sns })).toEqual(ALLOWED);
    expect(await ask('sqs:SendMessage', QUEUE, { principal: { ...sns, sourceArn: `${TOPIC}2` } })).toEqual({
      allowed: false,
      message:
        `User: sns.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: ${QUEUE} `
        + 'because no resource-based policy allows the sqs:SendMessage action',
    });
    expect(
      (await ask('sqs:SendMessage', QUEUE, { principal: { service: 'events.amazonaws.com', sourceArn: TOPIC } }))
        .allowed,
    ).toBe(false);
  });

  test('is refused where the resource has no policy', async () => {
    expect((await ask('sqs:SendMessage', QUEUE, { principal: sns })).allowed).toBe(false);
  });
});

describe('a customer managed key', () => {
  const context = { 'kms:ViaService': 'sqs.us-east-1.amazonaws.com' };
  const decrypt: PolicyStatement = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: KEY };
  const delegation: PolicyStatement = { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' };

  test('that delegates to the account is used by whom identity policies allow', async () => {
    account.keys.set(KEY, policy(delegation));
    expect((await ask('kms:Decrypt', KEY, { context })).message).toMatch(
      /because no identity-based policy allows the kms:Decrypt action$/,
    );
    identity(decrypt);
    expect(await ask('kms:Decrypt', KEY, { context })).toEqual(ALLOWED);
  });

  test('that does not delegate refuses what identity policies allow', async () => {
    account.keys.set(
      KEY,
      policy({ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'kms:*', Resource: '*' }),
    );
    identity(decrypt);
    expect((await ask('kms:Decrypt', KEY, { context })).message).toMatch(
      /because no resource-based policy allows the kms:Decrypt action$/,
    );
  });

  test('may name the role itself, and the service it comes through', async () => {
    account.keys.set(
      KEY,
      policy({
        Effect: 'Allow',
        Principal: { AWS: ROLE },
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { StringEquals: context },
      }),
    );
    expect(await ask('kms:Decrypt', KEY, { context })).toEqual(ALLOWED);
    expect(
      (await ask('kms:Decrypt', KEY, { context: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } })).allowed,
    ).toBe(false);
  });

  test('is found by its alias', async () => {
    account.keys.set(KEY, policy(delegation));
    account.keyAliases.set('alias/mine', KEY);
    identity(decrypt);
    expect(await ask('kms:Decrypt', 'arn:aws:kms:us-east-1:123456789012:alias/mine', { context })).toEqual(ALLOWED);
  });
});

describe('an AWS managed key', () => {
  const key = 'arn:aws:kms:us-east-1:123456789012:alias/aws/sqs';

  test('serves every role of the account through its service', async () => {
    expect(
      await ask('kms:GenerateDataKey', key, { context: { 'kms:ViaService': 'sqs.us-east-1.amazonaws.com' } }),
    ).toEqual(ALLOWED);
    expect(
      (await ask('kms:GenerateDataKey', key, { context: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } })).allowed,
    ).toBe(false);
    expect((await ask('kms:GenerateDataKey', key)).allowed).toBe(false);
  });

  test('is closed to other services', async () => {
    const context = { 'kms:ViaService': 'sqs.us-east-1.amazonaws.com' };
    expect(
      (await ask('kms:GenerateDataKey', key, { principal: { service: 'sns.amazonaws.com' }, context })).allowed,
    ).toBe(false);
  });
});

test('requireAccess throws a denial', async () => {
  const request = { principal: { roleArn: ROLE }, action: 'sqs:SendMessage', resource: QUEUE };
  await expect(requireAccess(authorizer, request)).rejects.toThrow(AccessDeniedError);
  identity({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' });
  await expect(requireAccess(authorizer, request)).resolves.toBeUndefined();
});

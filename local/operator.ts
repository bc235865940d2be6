import type { Account, Credentials, PolicyDocument } from './account';

/** Somebody who works from outside: with a command-line tool, or an SDK's client. */
export interface Operator {
  readonly roleArn: string;
  readonly credentials: Credentials;
  /** The environment variables by which a child process is the operator, and finds this machine's AWS. */
  readonly environment: Readonly<Record<string, string>>;
}

export const EVERYTHING: PolicyDocument = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** A role with one identity policy, which anybody of the account may take. Asked for again, it has the policy given last. */
export function operatorOf(account: Account, endpoint: string, policy: PolicyDocument, name: string): Operator {
  const roleArn = account.arn('iam', `role/${name}`, { global: true });
  const trust: PolicyDocument = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: account.arn('iam', 'root', { global: true }) }, Action: 'sts:AssumeRole' }],
  };
  if (!account.roles.has(roleArn)) account.addRole({ arn: roleArn, trust, policies: new Map() });
  account.roles.get(roleArn)!.policies.set('Operator', policy);

  const credentials = account.credentialsFor(roleArn);
  return {
    roleArn,
    credentials,
    environment: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_REGION: account.region,
      AWS_ENDPOINT_URL: endpoint,
    },
  };
}

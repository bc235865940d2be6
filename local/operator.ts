import type { Account, Credentials, PolicyDocument } from './account';

/** A person or program with a role, who uses a command line tool or an SDK client. */
export interface Operator {
  readonly roleArn: string;
  readonly credentials: Credentials;
  /** The environment variables that give a child process the operator's credentials and the local endpoint. */
  readonly environment: Readonly<Record<string, string>>;
}

export const ALLOW_EVERYTHING: PolicyDocument = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** Creates a role with one identity policy, which every principal of the account can assume. A second call replaces the policy. */
export function createOperator(account: Account, endpoint: string, policy: PolicyDocument, name: string): Operator {
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
      // Version 1 of the AWS CLI knows this one only.
      AWS_DEFAULT_REGION: account.region,
      AWS_ENDPOINT_URL: endpoint,
    },
  };
}

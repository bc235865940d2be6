import { Annotations, FeatureFlags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { KMS_APPLY_IMPORTED_ALIAS_PERMISSIONS_TO_PRINCIPAL } from 'aws-cdk-lib/cx-api';
import { Construct, IConstruct } from 'constructs';
import { KEY_WITHOUT_POLICY } from './access-rules';
import { Permission, statementJson } from './granted';
import { annotate } from './rules';

/** Permissions on the key of a queue or topic, for writing to it. */
export const WRITE_WITH_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'];

const IMPORT_KEY = 'import the key by Key.fromLookup() or Key.fromKeyArn()';

/** Refuses at synth a key on which grants do nothing: what is encrypted with it could be neither written nor read. */
export function checkKey(scope: IConstruct, whose: string, key: kms.IKey | undefined): void {
  const refusal = key && refusalOf(key);
  if (refusal) Annotations.of(scope).addError(`${whose} must be ${refusal}`);
}

function refusalOf(key: kms.IKey): string | undefined {
  if (!isAlias(key)) {
    // IAM takes the ARN of a key only.
    if (!isArnOfAlias(key.keyArn)) return undefined;
    return `imported by the ARN of a key, got: '${key.node.path}', imported by the ARN of an alias; ${IMPORT_KEY}: IAM policies do not accept the ARN of an alias`;
  }
  const target = targetOf(key);
  if (target) return refusalOf(target);
  if (FeatureFlags.of(key).isEnabled(KMS_APPLY_IMPORTED_ALIAS_PERMISSIONS_TO_PRINCIPAL)) return undefined;
  return (
    `a key that this app can grant permissions on, got: '${key.node.path}', imported by Alias.fromAliasName(); set the ` +
    `feature flag \`${KMS_APPLY_IMPORTED_ALIAS_PERMISSIONS_TO_PRINCIPAL}\`, or ${IMPORT_KEY}: without permissions, failure records and dead letters are lost`
  );
}

/** The statements that a key is used by, as the CDK writes them: for an alias it knows the key, or a condition that stands for it. */
export function statementsOnKey(key: kms.IKey, role: iam.IRole, actions: readonly string[]): iam.PolicyStatement[] {
  const statements: iam.PolicyStatement[] = [];
  const collector: iam.IPrincipal = {
    grantPrincipal: undefined!,
    assumeRoleAction: role.assumeRoleAction,
    policyFragment: role.policyFragment,
    principalAccount: role.principalAccount,
    addToPrincipalPolicy: (statement) => {
      statements.push(statement);
      return { statementAdded: true, policyDependable: role };
    },
  };
  key.grant(Object.assign(collector, { grantPrincipal: collector }), ...actions);
  return statements;
}

/** Lets a service itself write to queues, by what they are: the undeliverable queue when it cannot reach what it delivers to. */
export function allowServiceToUseKeys(
  dlq: Construct, queues: Readonly<Record<string, sqs.IQueue>>, service: string, conditions?: Permission['conditions'],
): void {
  const principal = new iam.ServicePrincipal(service);
  // In a key policy this is the key itself.
  const allowed = { actions: WRITE_WITH_KEY, resources: ['*'], conditions };
  for (const key of new Set(Object.values(queues).flatMap(({ encryptionMasterKey }) => encryptionMasterKey ?? []))) {
    const { statementAdded } = key.addToResourcePolicy(new iam.PolicyStatement({ ...allowed, principals: [principal] }));
    if (statementAdded) continue;
    const names = Object.entries(queues).flatMap(([name, { encryptionMasterKey }]) => (encryptionMasterKey === key ? name : []));
    const statement = statementJson(dlq, allowed, principal);
    annotate(dlq, KEY_WITHOUT_POLICY, { path: key.node.path, queues: names.join(' and '), service, statement });
  }
}

function isAlias(key: kms.IKey): key is kms.IAlias {
  return 'aliasName' in key;
}

function targetOf(alias: kms.IAlias): kms.IKey | undefined {
  try {
    return alias.aliasTargetKey;
  } catch {
    // Of one that is imported by its name the CDK throws.
    return undefined;
  }
}

/** The text of a token holds no colon: an ARN that is put together tells as well. */
function isArnOfAlias(arn: string): boolean {
  return arn.split(':')[5]?.startsWith('alias/') ?? false;
}

import { Stack } from 'aws-cdk-lib';
import { IRole, PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { logicalId, resourcesOf } from './app';

/** A policy statement as a template has it. */
export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: PolicyStatementProps['conditions'];
  readonly Sid?: string;
}

interface RoleProperties {
  readonly ManagedPolicyArns?: unknown[];
  readonly Policies?: { PolicyDocument: { Statement: Statement[] } }[];
}

const IDENTITY_POLICIES = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy'];

/** Every statement of every policy that is attached to a role: its inline policies, and those that name it. */
export function statementsOf(role: IRole): Statement[] {
  const resources = resourcesOf(role);
  const id = logicalId(role);
  const own = resources[id].Properties as RoleProperties;
  const attached = Object.values(resources)
    .filter(({ Type }) => IDENTITY_POLICIES.includes(Type))
    .filter(({ Properties }) => JSON.stringify(Properties.Roles ?? Properties.RoleName).includes(JSON.stringify({ Ref: id })))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
  return eachOfItsOwn([...(own.Policies ?? []).flatMap((it) => it.PolicyDocument.Statement), ...attached]);
}

/** The same of a role that is imported by its name: of the policies that this stack attaches to it. */
export function statementsOfImportedRole(stack: Stack, roleName: string): Statement[] {
  return Object.values(resourcesOf(stack))
    .filter(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && Properties.Roles.includes(roleName))
    .flatMap(({ Properties }) => eachOfItsOwn(Properties.PolicyDocument.Statement as Statement[]));
}

/** ARNs of the managed policies of a role. */
export function managedPoliciesOf(role: IRole): unknown[] {
  return (resourcesOf(role)[logicalId(role)].Properties as RoleProperties).ManagedPolicyArns ?? [];
}

/** Statements of the policies of a kind that are put on a resource, as `AWS::SQS::QueuePolicy` on its queues. */
export function resourcePolicyOf(resource: IConstruct, type: string, property: string): Statement[] {
  return Object.values(resourcesOf(resource))
    .filter(({ Type, Properties }) => Type === type && JSON.stringify(Properties[property]).includes(`"${logicalId(resource)}"`))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[])
    .map((it) => ({ ...it, Action: inOrder(it.Action) }));
}

export function queuePolicyOf(queue: IConstruct): Statement[] {
  return resourcePolicyOf(queue, 'AWS::SQS::QueuePolicy', 'Queues');
}

export function topicPolicyOf(topic: IConstruct): Statement[] {
  return resourcePolicyOf(topic, 'AWS::SNS::TopicPolicy', 'Topics');
}

export function actionsOf(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ Action }) => Action);
}

/** An allowing statement, for comparison: actions as the CDK writes them, one as text and more as a list. */
export function allow(action: string | string[], resource: unknown): Statement {
  return { Effect: 'Allow', Action: inOrder(action), Resource: resource };
}

/** Statements in an order, and with actions together, that depend neither on who granted first nor on how the CDK merges them. */
export function sorted(statements: readonly Statement[]): Statement[] {
  const merged = new Map<string, Statement>();
  for (const statement of eachOfItsOwn(statements)) {
    const { Action, ...others } = statement;
    const key = text(others);
    merged.set(key, { ...statement, Action: inOrder([merged.get(key)?.Action ?? [], Action].flat()) });
  }
  return [...merged.values()].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

/** A statement for each action and resource: what is allowed, however the CDK puts it together. */
export function permissionsOf(statements: readonly Statement[]): Statement[] {
  return eachOfItsOwn(statements).flatMap((it) => [it.Action].flat().map((Action) => ({ ...it, Action })));
}

/** A statement for each resource: `@aws-cdk/aws-iam:minimizePolicies` puts several into one. */
function eachOfItsOwn(statements: readonly Statement[]): Statement[] {
  return statements.flatMap((it) => (
    [it.Resource].flat().map((Resource) => ({ ...it, Action: inOrder(it.Action), Resource }))
  ));
}

function inOrder(actions: string | string[]): string | string[] {
  const distinct = [...new Set([actions].flat())].sort();
  return distinct.length === 1 ? distinct[0] : distinct;
}

/** As JSON, whatever the order of the keys. */
function text(value: object): string {
  return JSON.stringify(value, (_, it: unknown) => (
    it && typeof it === 'object' && !Array.isArray(it) ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1))) : it
  ));
}

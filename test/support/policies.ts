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
  return [...(own.Policies ?? []).flatMap((it) => it.PolicyDocument.Statement), ...attached];
}

/** ARNs of the managed policies of a role. */
export function managedPoliciesOf(role: IRole): unknown[] {
  return (resourcesOf(role)[logicalId(role)].Properties as RoleProperties).ManagedPolicyArns ?? [];
}

/** Statements of the policies of a kind that are put on a resource, as `AWS::SQS::QueuePolicy` on its queues. */
export function resourcePolicyOf(resource: IConstruct, type: string, property: string): Statement[] {
  return Object.values(resourcesOf(resource))
    .filter(({ Type, Properties }) => Type === type && JSON.stringify(Properties[property]).includes(`"${logicalId(resource)}"`))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
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
  return { Effect: 'Allow', Action: action, Resource: resource };
}

/** Statements in an order that does not depend on who granted first. */
export function sorted(statements: readonly Statement[]): Statement[] {
  return [...statements].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

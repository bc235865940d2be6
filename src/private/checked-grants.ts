import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IConstruct } from 'constructs';
import { OperatorActions } from '../contract';
import { OPERATOR_IN_EARLIER_STACK, OPERATOR_WITHOUT_POLICY, PERMISSION_NOT_GRANTED } from './access-rules';
import { Processor } from './dlq-parts';
import { GrantedPermission, hasEffect, takesPolicies, statementJson } from './granted';
import { grantOnLogGroup, grantReadLog } from './grants';
import { annotate } from './rules';
import { canReference } from './stack-references';

/** Grants to operators and consumers, with a warning about each permission that a grantee does not get. */
export abstract class CheckedGrants {
  /** Whether a principal takes policies, of those that something was granted to. */
  private readonly policies = new WeakMap<iam.IPrincipal, boolean>();

  /**
   * @param owner the construct that grants what belongs to it
   * @param isOfOtherApp whether all of it is imported
   */
  protected constructor(protected readonly owner: Construct, private readonly isOfOtherApp: boolean) {}

  /** Log groups have an access control of their own: no other grant includes it. */
  protected grantReadLogOf(processor: Processor, grantee: iam.IGrantable): GrantedPermission[] {
    const granted = grantReadLog(processor, grantee);
    this.requirePolicies(grantee, granted[0].grant);
    return granted;
  }

  protected grantAuditIn(auditLogGroup: logs.ILogGroup | undefined, grantee: iam.IGrantable): iam.Grant[] {
    return auditLogGroup ? [this.checked(grantee, [grantOnLogGroup(auditLogGroup, grantee, OperatorActions.REDRIVE.AUDIT_LOG_GROUP)])] : [];
  }

  /** Warns of a grantee that takes no policies: only the policies of queues, buckets and keys of this app can allow it something. */
  protected grantInPolicy(grantee: iam.IGrantable, actions: readonly string[], resourceArn: string): iam.Grant {
    const grant = iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [resourceArn] });
    this.requirePolicies(grantee, grant);
    return grant;
  }

  protected requirePolicies(grantee: iam.IGrantable, grant: iam.Grant): void {
    const taken = takesPolicies(grantee, grant);
    this.policies.set(grantee.grantPrincipal, taken);
    if (!taken) annotate(this.owner, OPERATOR_WITHOUT_POLICY, { grantee: String(grantee.grantPrincipal) });
  }

  /** Warns of what an operator was not allowed that takes policies: for others, one warning says it all. */
  protected checked(operator: iam.IGrantable, granted: readonly GrantedPermission[]): iam.Grant {
    return this.policies.get(operator.grantPrincipal) ? this.checkedAll(operator, granted, true) : combined(granted);
  }

  /** Warns of each permission that a grantee did not get, by its own policies or by those of resources. */
  protected checkedAll(grantee: iam.IGrantable, granted: readonly GrantedPermission[], ofPolicies: boolean): iam.Grant {
    for (const it of granted.filter((one) => !hasEffect(one, grantee, ofPolicies))) {
      annotate(this.owner, PERMISSION_NOT_GRANTED, {
        path: it.on.node.path,
        grantee: String(grantee.grantPrincipal),
        statement: statementJson(this.owner, it, this.hasPrincipal(grantee) ? grantee : undefined),
      });
    }
    return combined(granted);
  }

  /** Whether the policy of a grantee may refer to a resource; warns where it may not. */
  protected mayReference(grantee: iam.IGrantable, part: IConstruct): boolean {
    if (this.canReference(grantee, part)) return true;
    annotate(this.owner, OPERATOR_IN_EARLIER_STACK, { operatorPath: operatorOf(grantee)!.node.path, path: part.node.path });
    return false;
  }

  protected canReference(grantee: iam.IGrantable, part: IConstruct): boolean {
    const operator = operatorOf(grantee);
    return !operator || canReference(operator, part, { dlq: this.owner, isOfOtherApp: this.isOfOtherApp });
  }

  /** Policies and groups are no principals of a policy of a resource: the roles and users that they are attached to are. */
  private hasPrincipal(grantee: iam.IGrantable): boolean {
    try {
      return Object.keys(grantee.grantPrincipal.policyFragment.principalJson).length > 0;
    } catch {
      return false;
    }
  }
}

/** A function is allowed something by its role, a policy by itself. */
export function operatorOf(grantee: iam.IGrantable): IConstruct | undefined {
  return [grantee.grantPrincipal, grantee].find((it): it is iam.IGrantable & IConstruct => Construct.isConstruct(it));
}

function combined(granted: readonly GrantedPermission[]): iam.Grant {
  return combine(...(granted.map(({ grant }) => grant) as [iam.Grant, ...iam.Grant[]]));
}

export function combine(first: iam.Grant, ...others: iam.Grant[]): iam.Grant {
  return others.reduce((all, grant) => all.combine(grant), first);
}

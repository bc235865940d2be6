import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IConstruct } from 'constructs';
import { OperatorActions } from '../contract';
import { OPERATOR_IN_EARLIER_STACK, OPERATOR_WITHOUT_POLICY, PERMISSION_NOT_GRANTED } from './access-rules';
import { DlqParts, Processor, RedriveParts } from './dlq-parts';
import { GrantedPermission, hasEffect, takesPolicies, statementJson } from './granted';
import { grantInvoke, grantOnFunction, grantOnKey, grantOnLogGroup, grantOnQueue, grantOverflow, grantReadLog, grantReadObjects } from './grants';
import { ObservableList } from './observable-list';
import { environmentKeyOf } from './packaged-function';
import { annotate } from './rules';
import { canReference } from './stack-references';

const { READ, REDRIVE, REMOTE } = OperatorActions;

/** Receiving messages for good, as a consumer does. */
const CONSUME = {
  QUEUE: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
  KEY: ['kms:Decrypt'],
};

/** What others are allowed on a `StreamDlq` and what belongs to it, what is added later included. */
export class Operators {
  /** Whether a principal takes policies, of those that something was granted to. */
  private readonly policies = new WeakMap<iam.IPrincipal, boolean>();

  constructor(private readonly parts: DlqParts) {}

  /** What a consumer of the dead-letter queue needs. */
  public grantConsume(grantee: iam.IGrantable): iam.Grant {
    const { queue } = this.parts;
    // The same statement as that of the queue, which the CDK merges: it tells whether the grantee takes policies.
    const ofQueue = iam.Grant.addToPrincipal({ grantee, actions: CONSUME.QUEUE, resourceArns: [queue.queueArn] });
    return this.checkedAll(
      grantee,
      [...grantOnQueue(queue, grantee, CONSUME), ...grantReadObjects(this.parts, grantee)],
      takesPolicies(grantee, ofQueue),
    );
  }

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    const { queue, undeliverableQueue, captures, sources, redriveFunctions } = this.parts;
    sources.each(({ construct, grantDescribe }) => {
      // Only to say until when records are in their stream: no warning where it cannot be granted.
      if (grantDescribe && this.canReference(grantee, construct)) grantDescribe(grantee);
    });
    return combine(
      this.grantInPolicy(grantee, READ.ACCOUNT, '*'),
      ...captures.map((it) => this.checked(grantee, grantReadFunction(it.function, grantee))),
      ...[queue, undeliverableQueue].map((it) => this.checked(grantee, grantOnQueue(it, grantee, READ))),
      this.checked(grantee, grantReadObjects(this.parts, grantee)),
      ...this.grantOnEach(
        redriveFunctions,
        grantee,
        (it) => [...grantReadFunction(it.function, grantee), ...grantOnQueue(it.parkingQueue, grantee, READ)],
        (it) => it,
      ),
    );
  }

  /** Log groups have an access control of their own: no other grant includes it. */
  public grantReadLogs(grantee: iam.IGrantable): iam.Grant {
    const grant = (processor: Processor): GrantedPermission[] => {
      const granted = grantReadLog(processor, grantee);
      this.requirePolicies(grantee, granted[0].grant);
      return granted;
    };
    const nothing = iam.Grant.drop(grantee, 'no processor is known yet');
    return combine(nothing, ...this.grantOnEach(this.parts.processors, grantee, grant, (it) => it.function));
  }

  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    const { queue, undeliverableQueue, captures, processors, redriveFunctions, sources } = this.parts;
    sources.each(({ construct, grantGetItems }) => {
      if (grantGetItems && this.mayReference(grantee, construct)) this.checked(grantee, grantGetItems(grantee));
    });
    return combine(
      this.grantRead(grantee),
      ...captures.map((it) => this.checked(grantee, [grantOnFunction(it.function, grantee, REDRIVE.FUNCTION)])),
      ...[queue, undeliverableQueue].map((it) => this.checked(grantee, grantOnQueue(it, grantee, REDRIVE))),
      this.checked(grantee, grantOverflow(this.parts, grantee)),
      ...this.grantAudit(grantee),
      ...this.grantOnEach(processors, grantee, (it) => [grantInvoke(it, grantee)], (it) => it.function),
      ...this.grantOnEach(redriveFunctions, grantee, (it) => grantOnQueue(it.parkingQueue, grantee, REDRIVE), (it) => it),
    );
  }

  /** What `grantRedrive()` allows, and putting records into the streams that take them. */
  public grantRedriveToStream(grantee: iam.IGrantable): iam.Grant {
    const grants: iam.Grant[] = [];
    const redrive = this.grantRedrive(grantee);
    this.parts.sources.each(({ construct, grantPut }) => {
      if (grantPut && this.mayReference(grantee, construct)) grants.push(this.checked(grantee, grantPut(grantee)));
    });
    return combine(redrive, ...grants);
  }

  public grantRemoteRedrive(redrive: RedriveParts, grantee: iam.IGrantable): iam.Grant {
    const ofMapping = () => this.grantInPolicy(grantee, REMOTE.MAPPING, redrive.mapping.eventSourceMappingArn);
    return combine(
      this.grantRead(grantee),
      ...this.grantAudit(grantee),
      ...(this.mayReference(grantee, redrive) ? [ofMapping()] : []),
    );
  }

  private grantAudit(grantee: iam.IGrantable): iam.Grant[] {
    const { auditLogGroup } = this.parts;
    return auditLogGroup ? [this.checked(grantee, [grantOnLogGroup(auditLogGroup, grantee, REDRIVE.AUDIT_LOG_GROUP)])] : [];
  }

  /** Warns of a grantee that takes no policies: only the policies of queues, buckets and keys of this app can allow it something. */
  private grantInPolicy(grantee: iam.IGrantable, actions: readonly string[], resourceArn: string): iam.Grant {
    const grant = iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [resourceArn] });
    this.requirePolicies(grantee, grant);
    return grant;
  }

  private requirePolicies(grantee: iam.IGrantable, grant: iam.Grant): void {
    const taken = takesPolicies(grantee, grant);
    this.policies.set(grantee.grantPrincipal, taken);
    if (!taken) annotate(this.parts.dlq, OPERATOR_WITHOUT_POLICY, { grantee: String(grantee.grantPrincipal) });
  }

  /** Warns of what an operator was not allowed that takes policies: for others, one warning says it all. */
  private checked(operator: iam.IGrantable, granted: readonly GrantedPermission[]): iam.Grant {
    return this.policies.get(operator.grantPrincipal) ? this.checkedAll(operator, granted, true) : combined(granted);
  }

  /** Warns of each permission that a grantee did not get, by its own policies or by those of resources. */
  private checkedAll(grantee: iam.IGrantable, granted: readonly GrantedPermission[], ofPolicies: boolean): iam.Grant {
    const { dlq } = this.parts;
    for (const it of granted.filter((one) => !hasEffect(one, grantee, ofPolicies))) {
      annotate(dlq, PERMISSION_NOT_GRANTED, {
        path: it.on.node.path,
        grantee: String(grantee.grantPrincipal),
        statement: statementJson(dlq, it, this.hasPrincipal(grantee) ? grantee : undefined),
      });
    }
    return combined(granted);
  }

  /** The grants on those that are there now: what comes later is granted then. */
  private grantOnEach<Part>(
    parts: ObservableList<Part>, grantee: iam.IGrantable, grant: (part: Part) => GrantedPermission[], constructOf: (part: Part) => IConstruct,
  ): iam.Grant[] {
    const grants: iam.Grant[] = [];
    parts.each((part) => {
      if (this.mayReference(grantee, constructOf(part))) grants.push(this.checked(grantee, grant(part)));
    });
    return grants;
  }

  /** Whether the policy of a grantee may refer to a resource; warns where it may not. */
  private mayReference(grantee: iam.IGrantable, part: IConstruct): boolean {
    const { dlq } = this.parts;
    if (this.canReference(grantee, part)) return true;
    annotate(dlq, OPERATOR_IN_EARLIER_STACK, { operatorPath: operatorOf(grantee)!.node.path, path: part.node.path });
    return false;
  }

  /** Policies and groups are no principals of a policy of a resource: the roles and users that they are attached to are. */
  private hasPrincipal(grantee: iam.IGrantable): boolean {
    try {
      return Object.keys(grantee.grantPrincipal.policyFragment.principalJson).length > 0;
    } catch {
      return false;
    }
  }

  private canReference(grantee: iam.IGrantable, part: IConstruct): boolean {
    const operator = operatorOf(grantee);
    return !operator || canReference(operator, part, this.parts);
  }
}

/** Its environment variables, by which the tool finds everything else. */
function grantReadFunction(fn: lambda.IFunction, grantee: iam.IGrantable): GrantedPermission[] {
  return [grantOnFunction(fn, grantee, READ.FUNCTION), ...grantOnKey(environmentKeyOf(fn), grantee, READ.KEY)];
}

/** A function is allowed something by its role, a policy by itself. */
function operatorOf(grantee: iam.IGrantable): IConstruct | undefined {
  return [grantee.grantPrincipal, grantee].find((it): it is iam.IGrantable & IConstruct => Construct.isConstruct(it));
}

function combined(granted: readonly GrantedPermission[]): iam.Grant {
  return combine(...(granted.map(({ grant }) => grant) as [iam.Grant, ...iam.Grant[]]));
}

function combine(first: iam.Grant, ...others: iam.Grant[]): iam.Grant {
  return others.reduce((all, grant) => all.combine(grant), first);
}

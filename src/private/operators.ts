import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { IConstruct } from 'constructs';
import { OperatorActions } from '../contract';
import { CheckedGrants, combine } from './checked-grants';
import { DlqParts, RedriveParts } from './dlq-parts';
import { GrantedPermission, takesPolicies } from './granted';
import { grantInvoke, grantOnFunction, grantOnKey, grantOnQueue, grantOverflow, grantReadObjects } from './grants';
import { ObservableList } from './observable-list';
import { environmentKeyOf } from './packaged-function';

const { READ, REDRIVE, REMOTE } = OperatorActions;

/** Receiving messages for good, as a consumer does. */
const CONSUME = {
  QUEUE: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
  KEY: ['kms:Decrypt'],
};

/** What others are allowed on a `StreamDlq` and what belongs to it, what is added later included. */
export class Operators extends CheckedGrants {
  constructor(private readonly parts: DlqParts) {
    super(parts.dlq, parts.isOfOtherApp);
  }

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
      ...captures.map(({ function: fn, intakeQueue }) => this.checked(grantee, [
        ...grantReadFunction(fn, grantee),
        ...(intakeQueue ? grantOnQueue(intakeQueue, grantee, { QUEUE: READ.INTAKE_QUEUE, KEY: [] }) : []),
      ])),
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

  public grantReadLogs(grantee: iam.IGrantable): iam.Grant {
    const nothing = iam.Grant.drop(grantee, 'no processor is known yet');
    return combine(nothing, ...this.grantOnEach(this.parts.processors, grantee, (it) => this.grantReadLogOf(it, grantee), (it) => it.function));
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
      ...this.grantAuditIn(this.parts.auditLogGroup, grantee),
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
      ...this.grantAuditIn(this.parts.auditLogGroup, grantee),
      ...(this.mayReference(grantee, redrive) ? [ofMapping()] : []),
    );
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
}

/** Its environment variables, by which the tool finds everything else. */
function grantReadFunction(fn: lambda.IFunction, grantee: iam.IGrantable): GrantedPermission[] {
  return [grantOnFunction(fn, grantee, READ.FUNCTION), ...grantOnKey(environmentKeyOf(fn), grantee, READ.KEY)];
}

import { Annotations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { OperatorActions } from '../contract';
import { canName } from './can-name';
import { Capture, DlqParts, RedriveParts } from './capture';
import { Granted, isInEffect, takesPolicies, textOfStatement } from './granted';
import { grantInvoke, grantOnFunction, grantOnLogGroup, grantOnQueue, grantOverflow, grantReadOfLetters } from './grants';
import { LateParts } from './late-parts';

const { READ, REDRIVE, REMOTE } = OperatorActions;

/** What operators are allowed on a `StreamDlq` and on what belongs to it, what comes later included. */
export class Operators {
  /** Whether a principal takes policies, of those that something was granted to. */
  private readonly policies = new WeakMap<iam.IPrincipal, boolean>();

  constructor(
    private readonly parts: DlqParts,
    private readonly captures: readonly Capture[],
    private readonly captureBucket?: s3.IBucket,
  ) {}

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    const { queue, undeliverableQueue, redriveFunctions } = this.parts;
    return combined(
      this.grantInPolicy(grantee, READ.ACCOUNT, '*'),
      ...this.captures.map((it) => this.checked(grantee, [grantOnFunction(it.function, grantee, READ.FUNCTION)])),
      ...[queue, undeliverableQueue].map((it) => this.checked(grantee, grantOnQueue(it, grantee, READ))),
      this.checked(grantee, grantReadOfLetters(this.parts, this.captureBucket, grantee)),
      ...this.grantOnEach(
        redriveFunctions,
        grantee,
        (it) => [grantOnFunction(it.function, grantee, READ.FUNCTION), ...grantOnQueue(it.parkingQueue, grantee, READ)],
        (it) => it,
      ),
    );
  }

  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    const { queue, undeliverableQueue, processors, redriveFunctions } = this.parts;
    return combined(
      this.grantRead(grantee),
      ...this.captures.map((it) => this.checked(grantee, [grantOnFunction(it.function, grantee, REDRIVE.FUNCTION)])),
      ...[queue, undeliverableQueue].map((it) => this.checked(grantee, grantOnQueue(it, grantee, REDRIVE))),
      this.checked(grantee, grantOverflow(this.parts, grantee)),
      ...this.grantAudit(grantee),
      ...this.grantOnEach(processors, grantee, (it) => [grantInvoke(it, grantee)], (it) => it.function),
      ...this.grantOnEach(redriveFunctions, grantee, (it) => grantOnQueue(it.parkingQueue, grantee, REDRIVE), (it) => it),
    );
  }

  /** What `grantRedrive()` allows, and putting records into the stream. Undefined where nothing can put one back. */
  public grantRedriveToStream(grantee: iam.IGrantable): iam.Grant | undefined {
    const put = this.parts.source._grantPut(grantee);
    return put && this.grantRedrive(grantee).combine(this.checked(grantee, put));
  }

  public grantOperate(redrive: RedriveParts, grantee: iam.IGrantable): iam.Grant {
    const ofMapping = () => this.grantInPolicy(grantee, REMOTE.MAPPING, redrive.mapping.eventSourceMappingArn);
    return combined(
      this.grantRead(grantee),
      this.grantInPolicy(grantee, REMOTE.ACCOUNT, '*'),
      ...this.grantAudit(grantee),
      ...(this.mayName(grantee, redrive) ? [ofMapping()] : []),
    );
  }

  private grantAudit(grantee: iam.IGrantable): iam.Grant[] {
    const { auditLogGroup } = this.parts;
    return auditLogGroup ? [this.checked(grantee, [grantOnLogGroup(auditLogGroup, grantee, REDRIVE.AUDIT_LOG_GROUP)])] : [];
  }

  /** Warns where the grantee takes no policies: queues, buckets and keys of this app let it in by theirs, nothing else does. */
  private grantInPolicy(grantee: iam.IGrantable, actions: readonly string[], resourceArn: string): iam.Grant {
    const grant = iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [resourceArn] });
    const taken = takesPolicies(grantee, grant);
    this.policies.set(grantee.grantPrincipal, taken);
    if (!taken) {
      Annotations.of(this.parts.dlq).addWarningV2(
        'cdk-stream-dlq:operatorWithoutPolicy',
        `an operator should be a role, a user, a group or a policy of this app, got: ${grantee.grantPrincipal}, whose policies this app cannot extend; ` +
          'those of queues, buckets and keys may let it in, but what only a policy of its own can allow is missing, as is ' +
          '`lambda:InvokeFunction`: attach what `npx stream-dlq policy` prints to it, or grant to a `ManagedPolicy` that you attach',
      );
    }
    return grant;
  }

  /** Warns of what a grantee was not allowed that takes policies: of others it is said once. */
  private checked(grantee: iam.IGrantable, granted: readonly Granted[]): iam.Grant {
    const missing = this.policies.get(grantee.grantPrincipal) ? granted.filter((it) => !isInEffect(it, grantee, true)) : [];
    for (const it of missing) {
      Annotations.of(this.parts.dlq).addWarningV2(
        'cdk-stream-dlq:operatorNotGranted',
        `the policy of '${it.on.node.path}' should be one that this app can extend, got: one that it cannot, for operator ${grantee.grantPrincipal}; ` +
          `allow it there yourself: ${textOfStatement(this.parts.dlq, it)}`,
      );
    }
    return combined(granted[0].grant, ...granted.slice(1).map(({ grant }) => grant));
  }

  /** The grants on those that are there now: what comes later is granted then. */
  private grantOnEach<Part>(
    parts: LateParts<Part>, grantee: iam.IGrantable, grant: (part: Part) => Granted[], constructOf: (part: Part) => IConstruct,
  ): iam.Grant[] {
    const grants: iam.Grant[] = [];
    parts.each((part) => {
      if (this.mayName(grantee, constructOf(part))) grants.push(this.checked(grantee, grant(part)));
    });
    return grants;
  }

  /** Whether the policy of a grantee may name what it is to be allowed; warns where it may not. */
  private mayName(grantee: iam.IGrantable, part: IConstruct): boolean {
    const { dlq } = this.parts;
    // A function is allowed something by its role, a policy by itself.
    const operator = [grantee.grantPrincipal, grantee].find((it): it is iam.IGrantable & IConstruct => Construct.isConstruct(it));
    if (!operator || canName(operator, part, dlq)) return true;
    Annotations.of(dlq).addWarningV2(
      'cdk-stream-dlq:operatorOfEarlierStack',
      'an operator should be in the stack of what it works with, or in a later one, ' +
        `got: '${operator.node.path}' for '${part.node.path}'; it was allowed nothing on that: define it there, and grant it there`,
    );
    return false;
  }
}

function combined(first: iam.Grant, ...others: iam.Grant[]): iam.Grant {
  return others.reduce((all, grant) => all.combine(grant), first);
}

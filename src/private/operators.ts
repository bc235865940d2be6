import { Annotations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { OperatorActions } from '../contract';
import { canName } from './can-name';
import { Capture, DlqParts, RedriveParts } from './capture';
import { combined, grantOnFunction, grantOnQueue, grantOverflow, grantReadOfLetters } from './grants';
import { LateParts } from './late-parts';

const { READ, REDRIVE, REMOTE } = OperatorActions;

/** What operators are allowed on a `StreamDlq` and on what belongs to it, what comes later included. */
export class Operators {
  constructor(
    private readonly parts: DlqParts,
    private readonly captures: readonly Capture[],
    private readonly captureBucket?: s3.IBucket,
  ) {}

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    const { queue, undeliverableQueue, redriveFunctions } = this.parts;
    return combined(
      this.grantInPolicy(grantee, READ.ACCOUNT, '*'),
      ...this.captures.map((it) => this.grantOnFunction(it.function, grantee, READ.FUNCTION)),
      ...[queue, undeliverableQueue].map((it) => grantOnQueue(it, grantee, READ)),
      grantReadOfLetters(this.parts, this.captureBucket, grantee),
      ...this.grantOnEach(redriveFunctions, grantee, (it) =>
        combined(this.grantOnFunction(it.function, grantee, READ.FUNCTION), grantOnQueue(it.parkingQueue, grantee, READ)),
      ),
    );
  }

  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    const { queue, undeliverableQueue, processors, redriveFunctions } = this.parts;
    return combined(
      this.grantRead(grantee),
      ...this.captures.map((it) => this.grantOnFunction(it.function, grantee, REDRIVE.FUNCTION)),
      ...[queue, undeliverableQueue].map((it) => grantOnQueue(it, grantee, REDRIVE)),
      grantOverflow(this.parts, grantee),
      ...this.grantAudit(grantee),
      ...this.grantOnEach(processors, grantee, (it) => this.grantOnFunction(it, grantee, REDRIVE.FUNCTION)),
      ...this.grantOnEach(redriveFunctions, grantee, (it) => grantOnQueue(it.parkingQueue, grantee, REDRIVE)),
    );
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
    return auditLogGroup ? [auditLogGroup.grant(grantee, ...REDRIVE.AUDIT_LOG_GROUP)] : [];
  }

  private grantOnFunction(fn: lambda.IFunction, grantee: iam.IGrantable, actions: readonly string[]): iam.Grant {
    return this.checked(grantee, grantOnFunction(fn, grantee, actions));
  }

  private grantInPolicy(grantee: iam.IGrantable, actions: readonly string[], resourceArn: string): iam.Grant {
    return this.checked(grantee, iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [resourceArn] }));
  }

  /** Warns where the grantee takes no policies: queues, buckets and keys let it in by theirs, nothing else does. */
  private checked(grantee: iam.IGrantable, grant: iam.Grant): iam.Grant {
    if (!grant.success) {
      Annotations.of(this.parts.dlq).addWarningV2(
        'cdk-stream-dlq:operatorWithoutPolicy',
        `an operator should be a role, a user, a group or a policy of this app, got: ${grantee.grantPrincipal}; the policies of queues, buckets and ` +
          'keys let it in, but what only a policy of its own can allow is missing, as is `lambda:InvokeFunction`: attach what ' +
          '`npx stream-dlq policy` prints to it, or grant to a `ManagedPolicy` that you attach',
      );
    }
    return grant;
  }

  /** The grants on those that are there now: what comes later is granted then. */
  private grantOnEach<Part extends IConstruct>(parts: LateParts<Part>, grantee: iam.IGrantable, grant: (part: Part) => iam.Grant): iam.Grant[] {
    const grants: iam.Grant[] = [];
    parts.each((part) => {
      if (this.mayName(grantee, part)) grants.push(grant(part));
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

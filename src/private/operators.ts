import { Annotations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { OperatorActions } from '../contract';
import { canName } from './can-name';
import { Capture, DlqParts } from './capture';
import { combined, grantOnFunction, grantOnQueue, grantOverflow, grantReadOfLetters } from './grants';
import { LateParts } from './late-parts';

const { READ, REDRIVE } = OperatorActions;

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
      iam.Grant.addToPrincipal({ grantee, actions: [...READ.ACCOUNT], resourceArns: ['*'] }),
      ...this.captures.map((it) => grantOnFunction(it.function, grantee, READ.FUNCTION)),
      ...[queue, undeliverableQueue].map((it) => grantOnQueue(it, grantee, READ)),
      grantReadOfLetters(this.parts, this.captureBucket, grantee),
      ...this.grantOnEach(redriveFunctions, grantee, (it) =>
        combined(grantOnFunction(it.function, grantee, READ.FUNCTION), grantOnQueue(it.parkingQueue, grantee, READ)),
      ),
    );
  }

  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    const { queue, undeliverableQueue, auditLogGroup, processors, redriveFunctions } = this.parts;
    return combined(
      this.grantRead(grantee),
      ...this.captures.map((it) => grantOnFunction(it.function, grantee, REDRIVE.FUNCTION)),
      ...[queue, undeliverableQueue].map((it) => grantOnQueue(it, grantee, REDRIVE)),
      grantOverflow(this.parts, grantee),
      ...(auditLogGroup ? [auditLogGroup.grant(grantee, ...REDRIVE.AUDIT_LOG_GROUP)] : []),
      ...this.grantOnEach(processors, grantee, (it) => grantOnFunction(it, grantee, REDRIVE.FUNCTION)),
      ...this.grantOnEach(redriveFunctions, grantee, (it) => grantOnQueue(it.parkingQueue, grantee, REDRIVE)),
    );
  }

  /** The grants on those that are there now: what comes later is granted then. */
  private grantOnEach<Part extends IConstruct>(parts: LateParts<Part>, grantee: iam.IGrantable, grant: (part: Part) => iam.Grant): iam.Grant[] {
    const { dlq } = this.parts;
    const principal: unknown = grantee.grantPrincipal;
    const grants: iam.Grant[] = [];
    parts.each((part) => {
      if (Construct.isConstruct(principal) && !canName(principal, part, dlq)) {
        Annotations.of(dlq).addWarningV2(
          'cdk-stream-dlq:operatorOfEarlierStack',
          'an operator should be in the stack of what it works with, or in a later one, ' +
            `got: '${principal.node.path}' for '${part.node.path}'; it was allowed nothing on that: define it there, and grant it there`,
        );
        return;
      }
      grants.push(grant(part));
    });
    return grants;
  }
}

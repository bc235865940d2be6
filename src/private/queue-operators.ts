import { Resource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { OperatorActions } from '../contract';
import { CheckedGrants, combine, operatorOf } from './checked-grants';
import { grantOnKey, grantOnQueue } from './grants';
import { QueueParts } from './queue-parts';
import { canReference } from './stack-references';

const { READ, REDRIVE, NATIVE } = OperatorActions;

/** What operators are allowed on the queues of a `QueueProcessor`. */
export class QueueOperators extends CheckedGrants {
  constructor(private readonly parts: QueueParts) {
    super(parts.owner, false);
  }

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    const { queue, deadLetterQueue } = this.parts;
    return combine(
      this.grantInPolicy(grantee, READ.ACCOUNT, '*'),
      this.checked(grantee, [
        ...grantOnQueue(deadLetterQueue, grantee, { QUEUE: [...READ.QUEUE, ...NATIVE.READ], KEY: READ.KEY }),
        // SQS moves a message as it is: encrypted with the key of the queue that it was sent to.
        ...grantOnKey(queue.encryptionMasterKey, grantee, READ.KEY),
      ]),
    );
  }

  public grantReadLogs(grantee: iam.IGrantable): iam.Grant {
    const { processor } = this.parts;
    if (!this.mayReference(grantee, processor.function)) return iam.Grant.drop(grantee, 'the operator is in an earlier stack');
    return this.checked(grantee, this.grantReadLogOf(processor, grantee));
  }

  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    const { queue, deadLetterQueue, auditLogGroup } = this.parts;
    return combine(
      this.grantRead(grantee),
      this.checked(grantee, [
        ...grantOnQueue(deadLetterQueue, grantee, { QUEUE: [...NATIVE.REDRIVE, ...REDRIVE.QUEUE], KEY: REDRIVE.KEY }),
        ...grantOnQueue(queue, grantee, { QUEUE: NATIVE.SOURCE_QUEUE, KEY: NATIVE.SOURCE_KEY }),
      ]),
      ...this.grantAuditIn(auditLogGroup, grantee),
    );
  }

  /** The stack of the processor depends on that of its queue, so an operator in the stack of the queue must not refer to the processor. */
  protected override canReference(grantee: iam.IGrantable, part: IConstruct): boolean {
    const { queue } = this.parts;
    const operator = operatorOf(grantee);
    const isOfOtherApp = !Resource.isOwnedResource(queue);
    return super.canReference(grantee, part) && (!operator || canReference(operator, part, { dlq: queue, isOfOtherApp }));
  }
}

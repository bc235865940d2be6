import { Destination } from '../functions/destination';
import type { LambdaEvent } from './batch';
import type { MappingDeps } from './event-source-mapping';
import type { FailureRecord } from './failure-record';
import type { MappingSpec } from './mapping-spec';
import { S3Destination } from './s3-destination';

/** Where failure records go. */
export interface FailureDestination {
  /** @param event what the function would have been called with: the records that were given up */
  send(failureRecord: FailureRecord, event: LambdaEvent): Promise<void>;
  close(): void;
}

/** The destination that a mapping names, written to with the role of its function. A queue or topic gets no records. */
export function openDestination({ uuid, onFailureArn }: MappingSpec, roleArn: string, deps: MappingDeps): FailureDestination {
  const arn = onFailureArn!;
  if (arn.split(':')[2] === 's3') {
    return new S3Destination({ bucketArn: arn, mappingUuid: uuid, roleArn, payload: deps.s3Payload ?? 'string', ...deps });
  }
  const destination = new Destination(arn, roleArn, deps);
  return {
    send: async (failureRecord) => destination.send(JSON.stringify(failureRecord)),
    close: () => destination.close(),
  };
}

import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { renderedProperties } from './rendered-properties';
import { Mapping, resourceOfMapping } from './source-of-mapping';

/** What is said to a mapping of a table's stream that is to begin at a point in time, which Lambda refuses at deployment. */
export const NOT_AT_TIMESTAMP =
  '`startingPosition` must be TRIM_HORIZON or LATEST, got: AT_TIMESTAMP; the stream of a table is not read from a point in time, ' +
  'TRIM_HORIZON begins with the oldest record, of up to 24 hours ago';

/** Refuses at synth what a mapping of a table's stream cannot begin at, whoever defines the mapping. */
export function validatePosition(mapping: Mapping): void {
  mapping.node.addValidation({
    validate: () => {
      const resource = resourceOfMapping(mapping);
      return resource && renderedProperties(resource).StartingPosition === StartingPosition.AT_TIMESTAMP
        ? [NOT_AT_TIMESTAMP]
        : [];
    },
  });
}

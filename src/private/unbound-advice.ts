import { Annotations, AspectPriority, Aspects, Stack } from 'aws-cdk-lib';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { DlqParts } from './dlq-parts';
import { queueUsage } from './queue-usage';
import { renderedProperties } from './rendered-properties';
import { isMappingResource, isSameResource } from './source-of-mapping';

/** Warns at synth of a `StreamDlq` that no mapping sends to. */
export function adviseOnUnbound({ dlq, queue, mappings, captures }: DlqParts): void {
  const [{ destinationArn }] = captures;
  Aspects.of(dlq).add(
    {
      visit: (node) => {
        // Of one with a RedriveFunction the same is said there.
        if (node !== dlq || mappings.length > 0 || queueUsage(dlq, queue).redriveFunctions.entries.length > 0) return;
        if (dlq.node.root.node.findAll().some((it) => isMappingResource(it) && sendsTo(it, destinationArn))) return;
        Annotations.of(dlq).addWarningV2(
          'cdk-stream-dlq:streamDlqWithoutMapping',
          'a StreamDlq should be the `onFailure` of a mapping, got: none in this app; nothing sends failed batches to it: ' +
            'give it to an event source, or acknowledge this where a mapping of another app does',
        );
      },
    },
    // After all others: they may still add a mapping.
    { priority: AspectPriority.READONLY },
  );
}

/** Whether the resource of a mapping, which binds nothing, names a destination. */
function sendsTo(mapping: CfnEventSourceMapping, destinationArn: string): boolean {
  const { onFailure } = (mapping.destinationConfig ?? {}) as CfnEventSourceMapping.DestinationConfigProperty;
  const { destination } = (onFailure ?? {}) as CfnEventSourceMapping.OnFailureProperty;
  if (destination !== undefined && isSameResource(destination, destinationArn)) return true;
  const rendered = renderedProperties(mapping).DestinationConfig as { OnFailure?: { Destination?: unknown } } | undefined;
  const named = rendered?.OnFailure?.Destination;
  return named !== undefined && JSON.stringify(named) === JSON.stringify(Stack.of(mapping).resolve(destinationArn));
}

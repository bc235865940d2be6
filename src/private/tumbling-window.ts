import { renderedProperties } from './rendered-properties';
import { Mapping, resourceOfMapping } from './source-of-mapping';

/** Refuses at synth a tumbling window together with what Lambda refuses beside one at deployment, whoever defines the mapping. */
export function validateWindow(mapping: Mapping): void {
  mapping.node.addValidation({
    validate: () => {
      const resource = resourceOfMapping(mapping);
      return resource ? refusalsOf(renderedProperties(resource)) : [];
    },
  });
}

/** A value that is known at deployment only is an object here, and passes. */
function refusalsOf({ TumblingWindowInSeconds: window, ParallelizationFactor: factor, FilterCriteria: criteria }: Record<string, unknown>): string[] {
  if (typeof window !== 'number' || window === 0) return [];
  const filters = (criteria as { Filters?: unknown } | undefined)?.Filters;
  return [
    ...(typeof factor === 'number' && factor > 1
      ? [`\`parallelizationFactor\` must be 1 with \`tumblingWindow\`, got: ${factor}; leave out one of them, Lambda refuses both together`]
      : []),
    ...(Array.isArray(filters) && filters.length > 0
      ? [`\`filters\` must be empty with \`tumblingWindow\`, got: ${filters.length}; filter in the processor, or leave out the window: Lambda refuses both together`]
      : []),
  ];
}

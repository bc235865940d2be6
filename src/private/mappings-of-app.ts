import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { IConstruct } from 'constructs';
import { identityOfStream, isMappingResource, isSameResource } from './source-of-mapping';

/** The mappings that an app defines, in any construct or stack. */
export interface MappingsOfApp {
  readonly resources: readonly CfnEventSourceMapping[];
  /** Enabled mappings of each stream that synth knows. */
  readonly readers: ReadonlyMap<string, number>;
}

/** By app, during one synth: a search of the app for each `StreamDlq` would take quadratic time. */
const known = new WeakMap<IConstruct, MappingsOfApp>();

/** The mappings of the app of a construct, once they are defined. */
export function mappingsOfApp(construct: IConstruct): MappingsOfApp {
  const { root } = construct.node;
  const mappings = known.get(root) ?? find(root);
  known.set(root, mappings);
  return mappings;
}

/** Enabled mappings of the app that read a source, outside of a construct. */
export function otherMappings(construct: IConstruct, sourceArn: string): CfnEventSourceMapping[] {
  return mappingsOfApp(construct).resources.filter(
    (it) =>
      !it.node.scopes.includes(construct) && it.enabled !== false && it.eventSourceArn !== undefined &&
      isSameResource(it.eventSourceArn, sourceArn),
  );
}

/** Before the next synth of the app, which may have other mappings. */
export function forgetMappingsOfApp(construct: IConstruct): void {
  known.delete(construct.node.root);
}

function find(app: IConstruct): MappingsOfApp {
  const resources = app.node.findAll().filter(isMappingResource);
  const readers = new Map<string, number>();
  for (const { enabled, eventSourceArn } of resources) {
    const stream = enabled === false ? undefined : identityOfStream(eventSourceArn);
    if (stream !== undefined) readers.set(stream, (readers.get(stream) ?? 0) + 1);
  }
  return { resources, readers };
}

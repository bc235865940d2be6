import { CfnResource, Reference, Stack, Tokenization } from 'aws-cdk-lib';
import { CfnStreamConsumer } from 'aws-cdk-lib/aws-kinesis';
import { CfnEventSourceMapping, IEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { isKnown } from './checks';
import { renderedProperties } from './resource-properties';

/** A mapping, or its resource where the app defines nothing around it. */
export type Mapping = IEventSourceMapping | CfnEventSourceMapping;

/** Resources that have a stream, or are one. */
const STREAMS = new Set(['AWS::Kinesis::Stream', 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable']);

/** Other resources that a mapping may read. */
const OTHER_SOURCES = new Set([
  'AWS::SQS::Queue', 'AWS::MSK::Cluster', 'AWS::MSK::ServerlessCluster', 'AWS::AmazonMQ::Broker', 'AWS::DocDB::DBCluster',
]);

/** What is wrong with the mappings of a `StreamDlq`: each must read one of its sources. */
export function mappingErrors(mappings: readonly Mapping[], streamArns: readonly string[]): string[] {
  return mappings.flatMap((mapping) => {
    const { path } = mapping.node;
    const other = otherSourceOf(mapping);
    if (other) {
      return [
        `a StreamDlq must be the \`onFailure\` of mappings on Kinesis or DynamoDB streams, got: ${other} for mapping '${path}'; use ` +
          'another destination for that mapping: a StreamDlq reads Kinesis and DynamoDB streams only',
      ];
    }
    if (streamArns.length === 0) {
      return [
        `the stream of mapping '${path}' must be a source of its StreamDlq, got: no source; ` +
          'pass StreamSource.kinesis(stream) or StreamSource.dynamo(table) as `source` or to addSource()',
      ];
    }
    const read = streamOfMapping(mapping);
    const sources = streamArns.map(identityOfStream);
    return sources.every((source) => areDifferentStreams(source, read))
      ? [
          `the stream of mapping '${path}' must be a source of its StreamDlq, got: ${read}, where the sources are ${sources.join(', ')}; ` +
            'add it with addSource()',
        ]
      : [];
  });
}

/** What is wrong with the destination of a mapping that `attachTo()` has set: an override replaces it without a word. */
export function overriddenDestinationErrors(mapping: CfnEventSourceMapping): string[] {
  const { onFailure } = (mapping.destinationConfig ?? {}) as CfnEventSourceMapping.DestinationConfigProperty;
  const { destination } = (onFailure ?? {}) as Partial<CfnEventSourceMapping.OnFailureProperty>;
  const { DestinationConfig: rendered } = renderedProperties(mapping) as { DestinationConfig?: { OnFailure?: { Destination?: unknown } } };
  const [set, got] = [Stack.of(mapping).resolve(destination), rendered?.OnFailure?.Destination].map((it) => JSON.stringify(it));
  return set === got
    ? []
    : [`\`DestinationConfig\` of a mapping with a StreamDlq must not be overridden, got: ${got} for mapping '${mapping.node.path}'; remove addPropertyOverride()`];
}

/** Whether a mapping is known to read a stream. */
export function isOfStream(mapping: Mapping, streamArn: string): boolean {
  const arn = resourceOfMapping(mapping)?.eventSourceArn;
  return arn !== undefined && isSameStream(arn, streamArn);
}

/**
 * The stream that a mapping reads, where the app itself defines it: a construct path, or an ARN without tokens.
 * Undefined where synth cannot know it.
 */
function streamOfMapping(mapping: Mapping): string | undefined {
  return identityOfStream(resourceOfMapping(mapping)?.eventSourceArn);
}

/** What a mapping reads that is no stream of Kinesis or DynamoDB, in words. Undefined where it may be one. */
function otherSourceOf(mapping: Mapping): string | undefined {
  const resource = resourceOfMapping(mapping);
  if (!resource) return undefined;
  const { EventSourceArn: arn, SelfManagedEventSource: selfManaged, Queues: queues } = renderedProperties(resource);
  if (selfManaged) return 'a self-managed Kafka cluster';
  if (queues) return 'an Amazon MQ broker';
  if (typeof arn === 'string' && isKnown(arn)) {
    const service = arn.split(':')[2];
    return ['kinesis', 'dynamodb'].includes(service) ? undefined : arn;
  }
  const type = resource.eventSourceArn === undefined ? undefined : resourceOf(resource.eventSourceArn)?.cfnResourceType;
  return type !== undefined && OTHER_SOURCES.has(type) ? `an ${type}` : undefined;
}

/** The resource of a mapping. Undefined where it is imported. */
export function resourceOfMapping(mapping: Mapping): CfnEventSourceMapping | undefined {
  const resource = isMappingResource(mapping) ? mapping : mapping.node.defaultChild;
  return isMappingResource(resource) ? resource : undefined;
}

export function isMappingResource(construct: unknown): construct is CfnEventSourceMapping {
  return CfnResource.isCfnResource(construct) && construct.cfnResourceType === CfnEventSourceMapping.CFN_RESOURCE_TYPE_NAME;
}

/** Whether two streams are known to be different. A path of the app and an ARN may name the same stream. */
export function areDifferentStreams(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one !== other && one.startsWith('arn:') === other.startsWith('arn:');
}

/** Whether two ARNs are known to name the same stream. */
export function isSameStream(one: string, other: string): boolean {
  const identity = identityOfStream(one);
  return one === other || (identity !== undefined && identity === identityOfStream(other));
}

/** The identity of a stream named by its own ARN or by that of one of its consumers. */
export function identityOfStream(arn: string | undefined): string | undefined {
  if (arn === undefined) return undefined;
  if (isKnown(arn)) return arn.split('/consumer/')[0];
  const resource = resourceOf(arn);
  if (resource?.cfnResourceType === 'AWS::Kinesis::StreamConsumer') return identityOfStream((resource as CfnStreamConsumer).streamArn);
  // Anything else may stand for a stream, as the answer of a custom resource does.
  if (!resource || !STREAMS.has(resource.cfnResourceType)) return undefined;
  return resource.node.id === 'Resource' ? resource.node.scope!.node.path : resource.node.path;
}

/** The resource of this app that an ARN is an attribute of. */
export function resourceOf(arn: string): CfnResource | undefined {
  const token = Tokenization.reverseString(arn);
  const reference = token.length === 1 ? token.firstToken : undefined;
  return Reference.isReference(reference) && CfnResource.isCfnResource(reference.target) ? reference.target : undefined;
}

/** Whether two ARNs are known to be of the same resource, whichever stacks they are used in. */
export function isSameResource(one: string, other: string): boolean {
  const resource = resourceOf(one);
  return one === other || (resource !== undefined && resource === resourceOf(other));
}

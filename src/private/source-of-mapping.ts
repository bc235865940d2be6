import { CfnResource, Reference, Token, Tokenization } from 'aws-cdk-lib';
import { CfnStreamConsumer } from 'aws-cdk-lib/aws-kinesis';
import { CfnEventSourceMapping, IEventSourceMapping } from 'aws-cdk-lib/aws-lambda';

/** Resources that have a stream, or are one. */
const STREAMS = new Set(['AWS::Kinesis::Stream', 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable']);

/**
 * The stream that a mapping reads, where the app itself tells: a construct path, or an ARN without tokens.
 * Undefined where it cannot be known at synth.
 */
export function streamOfMapping(mapping: IEventSourceMapping): string | undefined {
  const resource = mapping.node.defaultChild;
  if (!CfnResource.isCfnResource(resource) || resource.cfnResourceType !== 'AWS::Lambda::EventSourceMapping') return undefined;
  return identityOfStream((resource as CfnEventSourceMapping).eventSourceArn);
}

/** Whether two streams are known to be different. A path of the app and an ARN can be the same stream: they do not tell. */
export function areDifferentStreams(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one !== other && one.startsWith('arn:') === other.startsWith('arn:');
}

/** The identity of a stream named by its own ARN or by that of one of its consumers. */
export function identityOfStream(arn: string | undefined): string | undefined {
  if (arn === undefined) return undefined;
  if (!Token.isUnresolved(arn)) return arn.split('/consumer/')[0];
  const token = Tokenization.reverseString(arn);
  const reference = token.length === 1 ? token.firstToken : undefined;
  if (!Reference.isReference(reference) || !CfnResource.isCfnResource(reference.target)) return undefined;
  const { target } = reference;
  if (target.cfnResourceType === 'AWS::Kinesis::StreamConsumer') return identityOfStream((target as CfnStreamConsumer).streamArn);
  // Anything else may stand for a stream, as the answer of a custom resource does.
  if (!STREAMS.has(target.cfnResourceType)) return undefined;
  return target.node.id === 'Resource' ? target.node.scope!.node.path : target.node.path;
}

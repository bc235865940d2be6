import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { AdoptionPath, Source, Step } from '../support/adoption/adoption-path';
import { adopt, Adoption } from './adoption';

/** Adopts a StreamDlq on a path with records flowing: deploys the app without it, then the app of another step. */
export async function adoptOn(path: AdoptionPath, source: Source, to: Exclude<Step, 'before'> = 'adopted'): Promise<Adoption> {
  const define = (step: Step) => (stack: Stack, processorProps: lambda.FunctionProps) => {
    const dlq = path.define(stack, { source, processorProps, step });
    if (dlq) new CfnOutput(stack, 'DeadLetterQueueUrl', { value: dlq.queue.queueUrl });
    leaveOneMapping(stack, source);
  };
  return adopt({ before: define('before'), after: define(to) });
}

/** Templates have a mapping on a stream and one on a table. That of the intake queue, which has no starting position, stays. */
function leaveOneMapping(stack: Stack, source: Source): void {
  for (const it of stack.node.findAll()) {
    if (!(it instanceof lambda.CfnEventSourceMapping) || it.startingPosition === undefined) continue;
    const readsTable = JSON.stringify(stack.resolve(it.eventSourceArn)).includes('StreamArn');
    if (readsTable !== (source === 'dynamodb')) it.node.scope!.node.tryRemoveChild(it.node.id);
  }
}

import { Stack } from 'aws-cdk-lib';
import { QueueProcessor, QueueProcessorProps } from '../../src';
import { annotationsOf, processorProps, testStack } from './app';
import { messageOf } from './errors';

/** Props as a test gives them: those of a processor are there already. */
export type Given = Partial<QueueProcessorProps> | ((stack: Stack) => Partial<QueueProcessorProps>);

/** A processor of a queue with the id `Orders`. */
export function queueProcessor(given: Given = {}, stack = testStack()): QueueProcessor {
  const props = typeof given === 'function' ? given(stack) : given;
  return new QueueProcessor(stack, 'Orders', { ...(!props.processor && { processorProps }), ...props });
}

/** What synth warns of. */
export function warningsOf(given: Given, stack = testStack()): string[] {
  queueProcessor(given, stack);
  return annotationsOf(stack);
}

/** What the constructor or synth refuses, each on a line. */
export function refusalOf(given: Given, stack = testStack()): string {
  return messageOf(() => {
    queueProcessor(given, stack);
    annotationsOf(stack);
  }).replace(/^Validation failed with the following errors:\n\s*/, '');
}

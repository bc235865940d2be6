import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { SQSEvent } from 'aws-lambda';
import type { DeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';

const lambda = new LambdaClient({});

/** The simplest function that redrives dead letters: it invokes the processor with each, and neither checks nor reports what becomes of it. */
export async function handler({ Records: messages }: SQSEvent): Promise<void> {
  for (const { body } of messages) {
    const { requestContext, payload } = JSON.parse(body) as DeadLetter;
    await lambda.send(new InvokeCommand({ FunctionName: requestContext.functionArn, Payload: Buffer.from(JSON.stringify(payload)) }));
  }
}

import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { isServiceError } from '../../aws/aws-error';
import type { Context } from '../../context';
import type { ProcessorLog } from './processor-log';

/** Where the processor of a dead letter logs. Undefined where that may not be asked, or it is gone: nothing hangs on it. */
export async function processorLog({ clients, aborted }: Context, { failure }: Pick<ReceivedDeadLetter, 'failure'>): Promise<ProcessorLog | undefined> {
  const { responseContext, requestContext: { functionArn } } = failure;
  if (!responseContext) return undefined;
  try {
    const lambda = await clients.lambda();
    const { LoggingConfig: { LogGroup, LogFormat } = {}, Runtime = '' } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: functionArn }), { abortSignal: aborted },
    );
    const group = LogGroup ?? `/aws/lambda/${functionArn.split(':')[6]}`;
    return { group, namesRequest: LogFormat === 'JSON' || Runtime.startsWith('nodejs') };
  } catch (error) {
    if (isServiceError(error)) return undefined;
    throw error;
  }
}

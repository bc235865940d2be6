import { isServiceError } from '../aws/aws-error';
import type { Context } from '../context';

/** Where a processor logs. */
export interface ProcessorLog {
  readonly region: string;
  readonly group: string;
  /** Whether the configuration of the function says so. Otherwise it may not be asked, or is gone: the group is Lambda's default. */
  readonly isKnown: boolean;
  readonly isDefault: boolean;
  /** Whether every line of an error has the request id: JSON has it, and so has the text of Node.js. That of Python has not. */
  readonly namesRequest: boolean;
  /** Whether errors are below the level that it logs. */
  readonly leavesOutErrors: boolean;
}

/** Where a function logs, unless its configuration says otherwise. */
export function defaultLog(functionArn: string): ProcessorLog {
  const [, , , region = '', , , name = ''] = functionArn.split(':');
  return { region, group: `/aws/lambda/${name}`, isKnown: false, isDefault: true, namesRequest: false, leavesOutErrors: false };
}

/** The log groups of processors, each function looked up once. */
export class ProcessorLogs {
  private readonly found = new Map<string, Promise<ProcessorLog>>();

  constructor(private readonly context: Pick<Context, 'clients' | 'aborted'>) {}

  async of(functionArn: string): Promise<ProcessorLog> {
    let log = this.found.get(functionArn);
    if (!log) this.found.set(functionArn, (log = this.look(functionArn)));
    return log;
  }

  private async look(functionArn: string): Promise<ProcessorLog> {
    const { clients, aborted } = this.context;
    const byDefault = defaultLog(functionArn);
    try {
      // The SDK is loaded for the first function that is looked up.
      const { GetFunctionConfigurationCommand } = await import('@aws-sdk/client-lambda');
      const lambda = await clients.lambda();
      const { LoggingConfig: { LogGroup, LogFormat, ApplicationLogLevel } = {}, Runtime = '' } = await lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName: functionArn }), { abortSignal: aborted },
      );
      return {
        region: byDefault.region,
        group: LogGroup ?? byDefault.group,
        isKnown: true,
        isDefault: LogGroup === undefined || LogGroup === byDefault.group,
        namesRequest: LogFormat === 'JSON' || Runtime.startsWith('nodejs'),
        leavesOutErrors: LogFormat === 'JSON' && ApplicationLogLevel === 'FATAL',
      };
    } catch (error) {
      if (isServiceError(error)) return byDefault;
      throw error;
    }
  }
}

import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda';

/** What an answer may take: nothing is to wait for it that the processor needs. */
const LONGEST_MILLIS = 10_000;

/** No answer of another try would be another one. */
const FOR_GOOD = new Set(['AccessDeniedException', 'ResourceNotFoundException', 'ValidationException']);

/** Why the role of a function is not known. */
export type RoleUnknown = (functionName: string, error: Error) => void;

/** Which role a processor runs with: Lambda writes it into every record of Kinesis, but not into the failure record. */
export class InvokeIdentities {
  private readonly roles = new Map<string, Promise<string | undefined>>();
  private readonly told = new Set<string>();

  constructor(
    private readonly client: Pick<LambdaClient, 'send'>,
    /** Told once of each function: its events are sent without the role. */
    private readonly onUnknown: RoleUnknown,
  ) {}

  /** An event as Lambda would give it to the function: records of Kinesis that lack the role get it. All else stays as it is. */
  async fillIn<Event extends { readonly Records: readonly unknown[] }>(event: Event, functionName: string, signal: AbortSignal): Promise<Event> {
    if (!event.Records.some(lacksIdentity)) return event;
    const role = await this.roleOf(functionName, signal);
    if (role === undefined) return event;
    return { ...event, Records: event.Records.map((record) => (lacksIdentity(record) ? withIdentity(record, role) : record)) };
  }

  private async roleOf(functionName: string, signal: AbortSignal): Promise<string | undefined> {
    const role = this.roles.get(functionName) ?? this.ask(functionName, signal);
    this.roles.set(functionName, role);
    return role;
  }

  private async ask(functionName: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      const { Role: role } = await this.client.send(
        new GetFunctionConfigurationCommand({ FunctionName: functionName }),
        { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MILLIS)]) },
      );
      return role;
    } catch (error) {
      const { name } = error as Error;
      if (!FOR_GOOD.has(name)) this.roles.delete(functionName);
      if (!this.told.has(functionName) && !signal.aborted) {
        this.told.add(functionName);
        this.onUnknown(functionName, error as Error);
      }
      return undefined;
    }
  }
}

interface KinesisRecord {
  readonly eventSource: 'aws:kinesis';
}

function lacksIdentity(record: unknown): record is KinesisRecord {
  const { eventSource, invokeIdentityArn } = (record ?? {}) as { eventSource?: unknown; invokeIdentityArn?: unknown };
  return eventSource === 'aws:kinesis' && invokeIdentityArn === undefined;
}

/** The role in its place, before the region: the text of the record is that of Lambda's. */
function withIdentity(record: KinesisRecord, invokeIdentityArn: string): object {
  const fields = Object.entries(record).filter(([name]) => name !== 'invokeIdentityArn');
  const region = fields.findIndex(([name]) => name === 'awsRegion');
  return Object.fromEntries(fields.toSpliced(region < 0 ? fields.length : region, 0, ['invokeIdentityArn', invokeIdentityArn]));
}

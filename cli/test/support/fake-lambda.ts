import { type EventSourceMappingConfiguration, type FunctionConfiguration, type InvokeCommandInput, LambdaClient, type ListEventSourceMappingsCommandInput, LambdaServiceException, type UpdateEventSourceMappingCommandInput } from '@aws-sdk/client-lambda';

export type FakeFunction = (event: never) => unknown;

interface FakeMapping extends Pick<EventSourceMappingConfiguration, 'FilterCriteria' | 'FilterCriteriaError' | 'KMSKeyArn' | 'LastModified'> {
  readonly UUID: string;
  readonly FunctionArn: string;
  readonly EventSourceArn: string;
  State: string;
  readonly ScalingConfig?: { readonly MaximumConcurrency: number };
  readonly LastProcessingResult?: string;
}

/** The part of Lambda that the tool uses, in memory. A function that throws has failed; with a `LambdaServiceException` it was refused. */
export class FakeLambda {
  /** Paginators take nothing else than a client. */
  readonly client = Object.assign(Object.create(LambdaClient.prototype) as LambdaClient, {
    send: this.send.bind(this) as never, config: { region: async () => 'us-east-1', credentials: async () => ({}) } as never,
  });
  /** Events by function, as they came. */
  readonly events: { readonly functionName: string; readonly event: unknown }[] = [];
  /** Operations, as they were called. */
  readonly calls: string[] = [];
  readonly functions = new Map<string, FakeFunction>();
  readonly mappings: FakeMapping[] = [];
  /** Those that may be looked at. */
  readonly configurations = new Map<string, FunctionConfiguration>();
  /** How many looks a mapping takes to change its state. */
  looksToChange = 1;
  private readonly changing = new Map<string, { to: string; looks: number }>();
  private readonly failures = new Map<string, Error[]>();

  failNext(name: string, error: Error): void {
    this.failures.set(name, [...(this.failures.get(name) ?? []), error]);
  }

  private async send(command: { input: unknown }, { abortSignal }: { abortSignal?: AbortSignal } = {}): Promise<unknown> {
    const name = command.constructor.name.replace(/Command$/, '');
    this.calls.push(name);
    await new Promise((resolve) => setImmediate(resolve));
    if (abortSignal?.aborted) throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    const failure = this.failures.get(name)?.shift();
    if (failure) throw failure;
    switch (name) {
      case 'Invoke':
        return this.invoke(command.input as InvokeCommandInput);
      case 'GetFunctionConfiguration': {
        const { FunctionName } = command.input as { FunctionName: string };
        const configuration = this.configurations.get(FunctionName);
        if (configuration) return configuration;
        throw lambdaError('AccessDeniedException', `not authorized to perform: lambda:GetFunctionConfiguration on resource: ${FunctionName}`, 403);
      }
      case 'ListEventSourceMappings': {
        const { FunctionName, EventSourceArn } = command.input as ListEventSourceMappingsCommandInput;
        const isIt = ({ FunctionArn: of, EventSourceArn: from }: FakeMapping) => (FunctionName ?? of) === of && (EventSourceArn ?? from) === from;
        return { EventSourceMappings: this.mappings.filter(isIt) };
      }
      case 'GetEventSourceMapping':
        return this.look((command.input as { UUID: string }).UUID);
      case 'UpdateEventSourceMapping': {
        const { UUID, Enabled } = command.input as UpdateEventSourceMappingCommandInput;
        const mapping = this.mappings.find((it) => it.UUID === UUID)!;
        mapping.State = Enabled ? 'Enabling' : 'Disabling';
        this.changing.set(UUID!, { to: Enabled ? 'Enabled' : 'Disabled', looks: this.looksToChange });
        return mapping;
      }
      default:
        throw new Error(`the fake Lambda has no ${name}`);
    }
  }

  private look(uuid: string) {
    const mapping = this.mappings.find((it) => it.UUID === uuid)!;
    const change = this.changing.get(uuid);
    if (change && --change.looks < 0) mapping.State = change.to;
    return mapping;
  }

  private async invoke({ FunctionName, Payload }: InvokeCommandInput): Promise<object> {
    const event = JSON.parse(String(Payload)) as never;
    const handler = this.functions.get(FunctionName!);
    if (!handler) throw lambdaError('ResourceNotFoundException', `Function not found: ${FunctionName}`, 404);
    this.events.push({ functionName: FunctionName!, event });
    try {
      return { Payload: Buffer.from(JSON.stringify((await handler(event)) ?? null)) };
    } catch (error) {
      if (error instanceof LambdaServiceException) throw error;
      const { name, message } = error as Error;
      return { FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify({ errorType: name, errorMessage: message })) };
    }
  }
}

/** An error as the SDK throws it. */
export function lambdaError(name: string, message: string, httpStatusCode: number): LambdaServiceException {
  return new LambdaServiceException({ name, message, $fault: httpStatusCode < 500 ? 'client' : 'server', $metadata: { httpStatusCode } });
}

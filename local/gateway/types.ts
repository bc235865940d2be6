import type { IncomingHttpHeaders } from 'node:http';
import type { Account } from '../account';

/** Services that an emulator stands for. */
export type EmulatedService = 'kinesis' | 'sqs' | 'sns' | 's3' | 'dynamodb';
/** Services that the account answers for itself. */
export type AccountService = 'lambda' | 'sts' | 'tagging' | 'logs';
/** As requests are signed for them. */
export type ServiceName = EmulatedService | AccountService;

/** What a service's request asks for, as far as authorization goes. */
export interface Operation {
  /** The API's name for it: 'GetRecords'. */
  readonly name: string;
  /** The request's parameters, where the protocol puts them into the body. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly permissions: readonly Permission[];
  readonly keyUse?: KeyUse | readonly KeyUse[];
  /** Answers for a service that no emulator stands for. */
  answer?(request: GatewayRequest): Promise<GatewayResponse>;
  /** Looks at the emulator's answer: may remember things, or give another answer. */
  afterwards?(
    answer: GatewayResponse,
    permits: (permission: Permission) => Promise<string | undefined>,
  ): Promise<GatewayResponse | void>;
}

/** What the resource's key has to allow the caller, if it is encrypted with one. */
export interface KeyUse {
  readonly resource: string;
  readonly actions: readonly string[];
  readonly keyArn?: string;
}

/** An operation on one resource, which may be encrypted. */
export function operationOn(
  resource: string,
  { name, input, action, keyActions }: Pick<Operation, 'name' | 'input'> & { readonly action: string; readonly keyActions?: readonly string[] },
): Operation {
  return { name, input, permissions: [{ action, resource }], ...(keyActions && { keyUse: { resource, actions: keyActions } }) };
}

export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface GatewayResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** How the body goes over the wire, whose length is always announced as a whole. Default: at once. */
  delivery?: {
    /** The connection is cut after as many bytes of the body. */
    readonly cutAfter?: number;
    /** How long the body takes. */
    readonly millis?: number;
  };
}

/** An authorized request on its way to the emulator, as middleware sees it. */
export interface GatewayRequest extends Omit<HttpRequest, 'body'> {
  readonly service: ServiceName;
  /** 'GetRecords', 'SendMessageBatch', 'PutObject', … */
  readonly action: string;
  readonly roleArn: string;
  /** The ARNs that the request was authorized for. */
  readonly resources: readonly string[];
  readonly input: Readonly<Record<string, unknown>>;
  /** What will be forwarded: may be replaced. */
  body: Buffer;
  /** The service's own error answer, with the status and in the protocol that its clients expect. */
  error(code: string, message: string, status?: number): GatewayResponse;
  /** Cuts the connection. What middleware returns after that is not sent. */
  destroy(): void;
}

/** Sees every authorized request: answers instead of the emulator, waits before or after `next`, or alters its answer. */
export type Middleware = (
  request: GatewayRequest,
  next: () => Promise<GatewayResponse>,
) => Promise<GatewayResponse | undefined>;

/** What a service refuses for, by the reason. Codes and statuses are the service's own. */
export type Refusal = 'access' | 'keyAccess' | 'keyMissing' | 'unknownCredentials' | 'noCredentials';

/** One service's protocol. */
export interface ServiceAdapter {
  readonly name: ServiceName;
  /** Reads the request; throws a `ServiceError` for what the service itself would refuse, or `UnsupportedError`. */
  parse(request: HttpRequest, account: Account): Operation;
  readonly refusals: Readonly<Record<Refusal, { readonly code: string; readonly status: number }>>;
  error(code: string, message: string, status: number, request: HttpRequest): GatewayResponse;
  /** Ends what the adapter still does, before the emulator stops. */
  close?(): Promise<void>;
}

export class ServiceError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** The gateway does not know what the request needs, so it must not let it pass. */
export class UnsupportedError extends Error {}

/** Actions by name, with what they are authorized as. Fails for one that is missing. */
export function known<T>(table: Readonly<Record<string, T>>, service: ServiceName, action: string): T {
  if (!Object.hasOwn(table, action)) {
    throw new UnsupportedError(
      `the local gateway does not know ${service} action ${action}: add it to local/gateway/${service}.ts, `
        + `or use one of ${Object.keys(table).join(', ')}`,
    );
  }
  return table[action];
}

export function required(input: Readonly<Record<string, unknown>>, name: string): string {
  const value = input[name];
  if (typeof value !== 'string' || value === '')
    throw new ServiceError('ValidationError', `the request must contain ${name}`);
  return value;
}

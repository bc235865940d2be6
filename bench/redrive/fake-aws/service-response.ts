export interface ServiceResponse {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

/** An error of a service, by its code on the wire. */
export class ServiceError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

export function json(type: string, body: object): ServiceResponse {
  return { status: 200, type, body: JSON.stringify(body) };
}

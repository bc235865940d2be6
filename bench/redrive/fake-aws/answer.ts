export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

/** An error of a service, by its code on the wire. */
export class Refused extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

export function json(type: string, body: object): Answer {
  return { status: 200, type, body: JSON.stringify(body) };
}

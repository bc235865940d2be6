import type { IncomingHttpHeaders } from 'node:http';

type Request = { readonly headers: IncomingHttpHeaders };

/** `Credential=<access key>/<day>/<region>/<service>/aws4_request` */
const CREDENTIAL = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(?:\d{8}\/[^/]+\/([^/]+)\/aws4_request)?/;

export function accessKeyOf({ headers }: Request): string | undefined {
  return CREDENTIAL.exec(headers.authorization ?? '')?.[1];
}

/** The service that a request is signed for, under the name that signatures have for it. */
export function serviceOf({ headers }: Request): string | undefined {
  return CREDENTIAL.exec(headers.authorization ?? '')?.[2];
}

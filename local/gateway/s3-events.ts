import type { Account } from '../account';
import { objectCreatedEvent } from '../events/object-created';
import type { GatewayResponse, HttpRequest, Operation } from './types';

interface Request {
  readonly request: HttpRequest;
  readonly query: URLSearchParams;
  readonly location: { readonly bucket: string; readonly key: string };
  readonly account: Account;
}

/** Tells the event bus of the objects that requests have made, in the buckets that want it. */
export class S3EventPublisher {
  /** Sizes of the parts of uploads under way, by upload id and part number. */
  private readonly uploads = new Map<string, Map<string, number>>();

  watch(operation: Operation, seen: Request): Operation {
    const look = this.publishers[operation.name];
    if (!look || !seen.account.eventBridgeBuckets.has(seen.location.bucket)) return operation;
    return {
      ...operation,
      afterwards: async (answer, permits) => {
        if (answer.status === 200) look(seen, answer);
        return operation.afterwards?.(answer, permits);
      },
    };
  }

  private readonly publishers: Readonly<Record<string, (seen: Request, answer: GatewayResponse) => void>> = {
    PutObject: ({ request, location, account }, { headers }) => {
      const etag = unquoted(String(headers.etag));
      account.events.put(objectCreatedEvent({ ...location, size: bodySize(request), etag, reason: 'PutObject' }, account));
    },
    CopyObject: ({ location, account }, { body }) => {
      const etag = etagIn(body);
      // The answer does not tell the size.
      if (etag !== undefined) account.events.put(objectCreatedEvent({ ...location, etag, reason: 'CopyObject' }, account));
    },
    UploadPart: ({ request, query }) => {
      const uploadId = query.get('uploadId')!;
      const parts = this.uploads.get(uploadId) ?? new Map<string, number>();
      this.uploads.set(uploadId, parts.set(query.get('partNumber')!, bodySize(request)));
    },
    CompleteMultipartUpload: ({ query, location, account }, { body }) => {
      const etag = etagIn(body);
      if (etag === undefined) return;
      const uploadId = query.get('uploadId')!;
      const size = [...this.uploads.get(uploadId)?.values() ?? []].reduce((sum, part) => sum + part, 0);
      this.uploads.delete(uploadId);
      const created = { ...location, size, etag, reason: 'CompleteMultipartUpload' } as const;
      account.events.put(objectCreatedEvent(created, account));
    },
  };
}

/** A body that is sent in signed chunks is larger than what it carries. */
function bodySize({ headers, body }: HttpRequest): number {
  return Number(headers['x-amz-decoded-content-length'] ?? body.length);
}

/** Nothing where what was asked for failed late, with status 200. */
function etagIn(body: Buffer): string | undefined {
  const [, etag] = /<ETag>([^<]+)<\/ETag>/.exec(body.toString()) ?? [];
  return etag && unquoted(etag);
}

function unquoted(etag: string): string {
  return etag.replace(/^(?:"|&quot;|&#34;)|(?:"|&quot;|&#34;)$/g, '');
}

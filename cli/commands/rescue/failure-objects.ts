import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { objectBytes, utf8Text } from '../../../lambda/shared/dead-letter/object-bytes';
import type { Context } from '../../context';
import { RateLimit, runConcurrently } from '../../dead-letters/concurrency';
import type { FoundText } from './found-failures';
import type { ObjectPrefix } from './object-prefix';

/** Objects to read at a time. */
const CONCURRENCY = 16;
/** Far more than Lambda writes: the event of a failed batch is 6 MB. */
const MOST_BYTES = 256 * 1_048_576;

/** Gives the text of every object below a prefix, page after page. */
export async function eachObject(
  { clients, stopped, aborted }: Context, { bucket, prefix }: ObjectPrefix, take: (text: FoundText) => void,
): Promise<void> {
  const s3 = await clients.s3();
  async function* listed() {
    for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
      const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }), { abortSignal: aborted });
      yield* page.Contents ?? [];
      token = page.NextContinuationToken;
    }
  }
  await runConcurrently(listed(), async ({ Key: key = '', LastModified: sentAt }) => {
    // A folder that the console made.
    if (key.endsWith('/')) return;
    const bytes = await objectBytes(s3, { bucket, key, maxBytes: MOST_BYTES }, aborted);
    // What is too large, or no text, is not from Lambda.
    const text = bytes && utf8Text(bytes);
    take({ id: `s3://${bucket}/${key}`, text: text ?? '', ...(sentAt && { sentAt }) });
  }, { concurrency: CONCURRENCY, rate: new RateLimit(undefined), ending: stopped });
}

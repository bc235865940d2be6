import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { objectBytes, utf8Text } from '../../../lambda/shared/dead-letter/object-bytes';
import type { Context } from '../../context';
import { RateLimit, runConcurrently } from '../../dead-letters/concurrency';
import { printable } from '../../output/printable';
import { count } from '../../output/text';
import type { FoundText } from './found-failures';
import type { ObjectPrefix } from './object-prefix';

/** Objects to read at a time. */
const CONCURRENCY = 16;
/** Far more than Lambda writes: the event of a failed batch is 6 MB. */
const MOST_BYTES = 256 * 1_048_576;

/** Objects that are named one by one. */
const MOST_NAMED = 10;

/** Gives the text of every object below a prefix, page after page. Returns how many were deleted between the listing and the read. */
export async function eachObject(
  { clients, output, stopped, aborted }: Context, { bucket, prefix }: ObjectPrefix, take: (text: FoundText) => void,
): Promise<number> {
  const deleted: string[] = [];
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
    const id = `s3://${bucket}/${key}`;
    let bytes: Buffer | undefined;
    try {
      bytes = await objectBytes(s3, { bucket, key, maxBytes: MOST_BYTES }, aborted);
    } catch (error) {
      if ((error as Error).name !== 'NoSuchKey') throw error;
      deleted.push(id);
      return;
    }
    // What is too large, or no text, is not from Lambda.
    const text = bytes && utf8Text(bytes);
    take({ id, text: text ?? '', ...(sentAt && { sentAt }) });
  }, { concurrency: CONCURRENCY, rate: new RateLimit(undefined), ending: stopped });
  if (deleted.length > 0) output.note(`${count(deleted.length, 'object was', 'objects were')} deleted before the tool could read ${deleted.length === 1 ? 'it' : 'them'}:`);
  for (const id of deleted.slice(0, MOST_NAMED)) output.note(`  ${printable(id)}`);
  if (deleted.length > MOST_NAMED) output.note(`  and ${deleted.length - MOST_NAMED} others`);
  return deleted.length;
}

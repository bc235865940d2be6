import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Context } from '../../context';
import { RateLimit, runConcurrently } from '../../dead-letters/concurrency';
import { bodyReader } from '../../dead-letters/storage';
import type { FoundText } from './found-failures';
import type { ObjectPrefix } from './object-prefix';

/** Objects to read at a time. */
const CONCURRENCY = 16;

/** Gives the text of every object below a prefix, page after page. */
export async function eachObject(
  { clients, stopped, aborted }: Context, { bucket, prefix }: ObjectPrefix, take: (text: FoundText) => void,
): Promise<void> {
  const s3 = await clients.s3();
  const objects = bodyReader(clients);
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
    take({ id: `s3://${bucket}/${key}`, text: await objects.read(bucket, key, aborted), ...(sentAt && { sentAt }) });
  }, { concurrency: CONCURRENCY, rate: new RateLimit(undefined), ending: stopped });
}

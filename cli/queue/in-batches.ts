/** What the batch operations of SQS take. */
export const MOST_ENTRIES = 10;
/** Enough to keep ten thousand messages hidden, few enough to leave the queue to others. */
const AT_A_TIME = 8;

/** Runs through items ten by ten, some batches at a time. */
export async function inBatches<Item>(items: readonly Item[], work: (batch: readonly Item[]) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const batch = items.slice(next, (next += MOST_ENTRIES));
      await work(batch);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

import { open } from 'node:fs/promises';

/** Without it the name may be gone after a power failure, though the data is there. Not every system can. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

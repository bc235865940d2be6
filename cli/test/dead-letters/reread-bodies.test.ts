import { RereadBodies } from '../../dead-letters/reread-bodies';

const never = new AbortController().signal;

function bodies(characters: number) {
  const reads: string[] = [];
  const objects = new RereadBodies({
    read: async (bucket, key) => {
      reads.push(`${bucket}/${key}`);
      return 'x'.repeat(characters);
    },
  });
  return { objects, reads };
}

test('a body is there for the second read, and let go of then', async () => {
  const { objects, reads } = bodies(10);
  for (let read = 0; read < 3; read++) expect(await objects.read('b', 'one', never)).toHaveLength(10);
  expect(reads).toEqual(['b/one', 'b/one']);
});

test('no more is kept than 32 Mi characters: the oldest are read again', async () => {
  const { objects, reads } = bodies(10 * 1_048_576);
  for (const key of ['1', '2', '3', '4']) await objects.read('b', key, never);
  for (const key of ['4', '3', '2', '1']) await objects.read('b', key, never);
  expect(reads).toEqual(['b/1', 'b/2', 'b/3', 'b/4', 'b/1']);
});

test('what cannot be read is not kept', async () => {
  let fails = true;
  const objects = new RereadBodies({
    read: async () => {
      if (fails) throw new Error('gone');
      return 'text';
    },
  });
  await expect(objects.read('b', 'k', never)).rejects.toThrow('gone');
  fails = false;
  expect(await objects.read('b', 'k', never)).toBe('text');
});

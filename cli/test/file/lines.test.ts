import fc from 'fast-check';
import { linesOf } from '../../file/lines';

async function linesIn(chunks: Iterable<Buffer>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf((async function* () {
    yield* chunks;
  })())) lines.push(line.toString());
  return lines;
}

test('lines are the same however the file is cut into pieces', async () => {
  await fc.assert(fc.asyncProperty(fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', '\u2028') }), fc.integer({ min: 1, max: 9 }), async (text, size) => {
    const bytes = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
    const expected = text.split('\n');
    if (expected.at(-1) === '') expected.pop();
    expect(await linesIn(chunks)).toEqual(expected);
  }));
});

test('a line that no dead letter has is refused before it fills the memory', async () => {
  const chunk = Buffer.alloc(64 * 1_048_576, 'x');
  let asked = 0;
  const endless = {
    * [Symbol.iterator]() {
      yield Buffer.from('first\n');
      for (;;) {
        asked++;
        yield chunk;
      }
    },
  };
  await expect(linesIn(endless)).rejects.toThrow('line 2 is longer than 268435456 bytes');
  expect(asked).toBe(5);
});

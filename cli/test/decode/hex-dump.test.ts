import { hexDump } from '../../decode/hex-dump';

describe('bytes as numbers', () => {
  test('have their offset before them, and beside them what is ASCII', () => {
    expect(hexDump(Buffer.from('Hello, world\u0000\u001b[31m\u00ff~\u007f'))).toBe([
      '00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 00 1b 5b 33  |Hello, world..[3|',
      '00000010  31 6d c3 bf 7e 7f                                 |1m..~.|',
    ].join('\n'));
  });

  test('of which there are none are nothing', () => expect(hexDump(Buffer.alloc(0))).toBe(''));

  test('are as many as were asked for', () => {
    expect(hexDump(Buffer.alloc(40, 'a'), 20).split('\n')).toEqual([
      `00000000  ${'61 '.repeat(7)}61  ${'61 '.repeat(7)}61  |aaaaaaaaaaaaaaaa|`,
      `00000010  61 61 61 61${' '.repeat(12)}  ${' '.repeat(23)}  |aaaa|`,
    ]);
  });
});

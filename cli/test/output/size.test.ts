import { shortSize } from '../../output/text';

test.each([
  [0, '0 B'], [1, '1 B'], [1_023, '1023 B'], [1_024, '1.0 KiB'], [1_500, '1.5 KiB'], [10_240, '10 KiB'], [1_048_576, '1.0 MiB'], [2 ** 30, '1.0 GiB'],
  [2 ** 41, '2048 GiB'],
])('%d bytes are %s', (bytes, expected) => expect(shortSize(bytes)).toBe(expected));

import { parseDeadLetter, readDeadLetter, summaryOf } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { NewerFormatError, requireKnownFormat } from '../../../../lambda/shared/dead-letter/format-version';
import { pointerTo } from '../../../../lambda/shared/dead-letter/pointer';
import { attributesOfDeadLetter, deadLetterOf } from '../../../support/dead-letters';

describe('a format version', () => {
  test.each([undefined, '0.0.9', '0.1.0', '1.2.2', '1.1.99', '1.2.3'])('that is not newer is read: %s', (version) => {
    expect(() => requireKnownFormat('version', version, '1.2.3')).not.toThrow();
  });

  test.each(['1.2.4', '1.3.0', '1.10.0', '2.0.0', '10.0.0'])('that is newer is rejected, with the version to install: %s', (version) => {
    const message = `version must be at most 1.2.3, got: ${version}; run npx stream-dlq@${version} or newer`;
    expect(() => requireKnownFormat('version', version, '1.2.3')).toThrow(message);
  });

  test.each<[unknown, string]>([
    ['', '""'], ['1', '"1"'], ['1.2', '"1.2"'], ['v1.2.3', '"v1.2.3"'], ['1.2.3-rc.1', '"1.2.3-rc.1"'], ['1.2.3.4', '"1.2.3.4"'], ['1.2.x', '"1.2.x"'],
    ['9999999999.0.0', '"9999999999.0.0"'], [1, '1'], [null, 'null'], [true, 'true'], [{ a: 1 }, 'an object'], [['1.2.3'], 'an array'],
    ['\u001b[2J', '"\\u001b[2J"'], ['x'.repeat(300), `"${'x'.repeat(200)}…"`],
  ])('that is not a version is rejected with its value: %j', (version, got) => {
    const message = `version must be a version such as 1.2.3, got: ${got}; run npx stream-dlq@latest`;
    expect(() => requireKnownFormat('version', version, '1.2.3')).toThrow(new Error(message));
  });

  test('that is a deeply nested object is rejected', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    expect(() => requireKnownFormat('version', deep)).toThrow('got: an array');
  });
});

describe('a message', () => {
  const NEWER = 'hydration.formatVersion must be at most 0.1.0, got: 0.4.0; run npx stream-dlq@0.4.0 or newer';
  const { signal } = new AbortController();
  const deadLetter = deadLetterOf();
  const newer = deadLetterOf({ hydration: { formatVersion: '0.4.0' } });
  const unread = { read: () => Promise.reject(new Error('nothing is to be read')) };
  const attribute = { formatVersion: { DataType: 'String', StringValue: '0.4.0' } };
  const pointer = pointerTo('overflow', 'dead-letters/1.json', 9).text;

  test('without a version is of the oldest format', async () => {
    const { formatVersion: _, ...hydration } = deadLetter.hydration;
    const message = { Body: JSON.stringify({ ...deadLetter, hydration }), MessageAttributes: attributesOfDeadLetter(deadLetter) };
    expect(summaryOf(message).status).toBe('COMPLETE');
    expect((await readDeadLetter(message, unread, signal)).deadLetterId).toBe(hydration.deadLetterId);
  });

  test.each([
    ['with attributes', attributesOfDeadLetter(newer)],
    ['without', {}],
  ])('of a newer format is known by its body, %s', async (_, MessageAttributes) => {
    const message = { Body: JSON.stringify(newer), MessageAttributes };
    expect(() => summaryOf(message)).toThrow(new Error(NEWER));
    await expect(readDeadLetter(message, unread, signal)).rejects.toThrow(NewerFormatError);
  });

  test('of a newer format is known by its attribute, without its body in S3, whatever else it says', async () => {
    const message = { Body: pointer, MessageAttributes: attribute };
    const text = 'attribute formatVersion must be at most 0.1.0, got: 0.4.0; run npx stream-dlq@0.4.0 or newer';
    expect(() => summaryOf(message)).toThrow(new Error(text));
    await expect(readDeadLetter(message, unread, signal)).rejects.toThrow(text);
  });

  test('with an attribute that is no text is of a newer format', () => {
    const formatVersion = { DataType: 'Binary', BinaryValue: Buffer.from('0.1.0') };
    expect(() => summaryOf({ Body: pointer, MessageAttributes: { formatVersion } })).toThrow(NewerFormatError);
  });

  test('of a newer format is known by its body in S3', async () => {
    const message = { Body: pointer, MessageAttributes: attributesOfDeadLetter(newer) };
    await expect(readDeadLetter(message, { read: async () => JSON.stringify(newer) }, signal)).rejects.toThrow(NEWER);
  });

  test('is of its own format, whatever its records hold', () => {
    const records = [{ dynamodb: { NewImage: { formatVersion: '0.4.0', hydration: { formatVersion: '9.0.0' } } } }];
    const it = deadLetterOf({ records, failure: deadLetter });
    expect(summaryOf({ Body: JSON.stringify(it), MessageAttributes: attributesOfDeadLetter(it) }).status).toBe('COMPLETE');
  });

  test('of a newer format need not have the form of this one', () => {
    expect(() => parseDeadLetter('{"hydration":{"formatVersion":"0.4.0"}}', 'the message')).toThrow(NEWER);
  });
});

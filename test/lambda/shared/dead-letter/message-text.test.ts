import fc from 'fast-check';
import { attributeText, messageText } from '../../../../lambda/shared/dead-letter/sqs-message';
import { propertyRuns } from '../../../support/property-runs';
import { anyText, isTakenBySqs } from '../../../support/text';

describe('the text of a message', () => {
  test('is JSON as it is always written', () => {
    expect(messageText({ a: [1, null, 'ä😀'] })).toBe('{"a":[1,null,"ä😀"]}');
  });

  test.each([
    ['in a value', { key: 'a\ufffeb\uffffc' }, '{"key":"a\\ufffeb\\uffffc"}'],
    ['in a key', { '\ufffe': { '\uffff': 1 } }, '{"\\ufffe":{"\\uffff":1}}'],
    ['in a list', ['\uffff', ['\ufffe']], '["\\uffff",["\\ufffe"]]'],
    ['more than once', '\ufffe\ufffe\uffff', '"\\ufffe\\ufffe\\uffff"'],
    ['after a backslash, which stays one', '\\\uffff', '"\\\\\\uffff"'],
  ])('escapes characters that SQS rejects: %s', (_, value, text) => {
    expect(messageText(value)).toBe(text);
    expect(JSON.parse(text)).toEqual(value);
  });

  test('keeps the characters beside those that SQS rejects', () => {
    expect(messageText('\ue000\ufffd\u{10000}\u{1fffe}\u{10ffff}\u007f')).toBe('"\ue000\ufffd\u{10000}\u{1fffe}\u{10ffff}\u007f"');
  });

  test('has only characters that SQS accepts, and restores every string', () => {
    fc.assert(
      fc.property(anyText(), anyText(), (key, value) => {
        const document = Object.fromEntries([[`k${key}`, [value]]]);
        const text = messageText(document);
        expect(isTakenBySqs(text)).toBe(true);
        expect(JSON.parse(text)).toEqual(document);
      }),
      propertyRuns(10_000),
    );
  });
});

describe('the text of an attribute', () => {
  test('is unchanged when SQS accepts it', () => {
    const text = 'tab\tline\nreturn\r ~\u007fä\ud7ff\ue000\ufffd\u{10000}😀\u{10ffff}';
    expect(attributeText(text)).toBe(text);
  });

  test.each([
    ['a control character', '\u0000'],
    ['a control character', '\u001f'],
    ['a non-character', '\ufffe'],
    ['a non-character', '\uffff'],
    ['half of a pair', '\ud83d'],
    ['the other half of a pair', '\ude00'],
  ])('has a replacement character for %s', (_, character) => {
    expect(attributeText(`a${character}b`)).toBe('a\ufffdb');
  });

  test('keeps exactly the characters that SQS accepts', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const taken = attributeText(text);
        expect(isTakenBySqs(taken)).toBe(true);
        expect(taken).toBe([...text].map((character) => (isTakenBySqs(character) ? character : '\ufffd')).join(''));
      }),
      propertyRuns(10_000),
    );
  });
});

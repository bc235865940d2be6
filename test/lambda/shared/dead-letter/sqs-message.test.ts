import fc from 'fast-check';
import { messageBytes, numberAttribute, stringAttribute } from '../../../../lambda/shared/dead-letter/sqs-message';
import { anyText } from '../../../support/text';

const utf8 = (text: string) => new TextEncoder().encode(text).length;

describe('an attribute', () => {
  test('may be a text', () => {
    expect(stringAttribute('PARTIAL')).toEqual({ DataType: 'String', StringValue: 'PARTIAL' });
  });

  test('replaces characters that SQS rejects', () => {
    expect(stringAttribute('a\uffffb')).toEqual({ DataType: 'String', StringValue: 'a\ufffdb' });
  });

  test('may be a number', () => {
    expect(numberAttribute(1_048_577)).toEqual({ DataType: 'Number', StringValue: '1048577' });
  });
});

describe('the size of a message', () => {
  test('counts its body in UTF-8', () => {
    expect(messageBytes('aä€😀', {})).toBe(1 + 2 + 3 + 4);
  });

  test('counts name, type and value of each attribute', () => {
    expect(messageBytes('body', { name: stringAttribute('välue'), n: numberAttribute(12) })).toBe(4 + (4 + 6 + 6) + (1 + 6 + 2));
  });

  test('is the sum of everything that is sent', () => {
    const attribute = fc.oneof(anyText().map(stringAttribute), fc.nat().map(numberAttribute));
    fc.assert(
      fc.property(anyText(), fc.dictionary(anyText(), attribute, { maxKeys: 9 }), (body, attributes) => {
        const texts = Object.keys(attributes).flatMap((name) => [name, attributes[name].DataType!, attributes[name].StringValue!]);
        expect(messageBytes(body, attributes)).toBe([body, ...texts].map(utf8).reduce((sum, bytes) => sum + bytes));
      }),
    );
  });
});

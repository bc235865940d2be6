import fc from 'fast-check';

/** What SQS takes: `#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF`. */
export function isTakenBySqs(text: string): boolean {
  return [...text].every((character) => {
    const code = character.codePointAt(0)!;
    return [0x9, 0xa, 0xd].includes(code) || (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
  });
}

/** Any string that JavaScript can hold, lone surrogates and non-characters included, with the awkward ones often. */
export function anyText(): fc.Arbitrary<string> {
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('\ufffe', '\uffff', '\ufffd', '\ud800', '\udc00', '\u0000', '\u001f', '\u007f', '\u2028', '"', '\\', '\u{1fffe}', '😀'),
  );
  return fc.string({ unit });
}

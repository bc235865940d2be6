/** Stands for a value: what differs between failures of one kind. */
const VALUE = '*';

/** Longer messages differ in what they quote. */
const MAX_TEXT = 1_000;
const MAX_NORMAL = 300;

/** Errors that a language raises about names in the code: there a quoted name is what the error is about, and no data. */
const ABOUT_NAMES = new RegExp(`(?:^|[.<])(?:${[
  'AttributeError', 'HandlerNotFound', 'ImportError', 'ImportModuleError', 'KeyError', 'ModuleNotFoundError', 'NameError', 'NoMethodError',
  'ReferenceError', 'TypeError',
].join('|')})>?$`);
const NAME = /^[\p{L}_$][\p{L}_$.]{0,39}$/u;

/** What `JSON.parse` says quotes the text, which may have quotes of its own. */
const INVALID_JSON = /Unexpected token [^]{1,12}?, [^]* is not valid JSON/;
const ARN = /\barn:[\w-]{1,20}:([\w-]{1,40}):[^\s"'`,;)\]}]*/g;
const URL = /\b(https?:\/\/[^\s/"'`]{1,200})[^\s"'`,;)\]}]*/g;
const EMAIL = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g;
const TIME = /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d[\d:.]{0,16}(?:Z|[+-]\d\d:?\d\d)?)?/g;
/** An apostrophe is no quotation mark. */
const QUOTED = /(?<![\p{L}\p{N}])(["'`])((?:(?!\1)[^\n])*)\1(?![\p{L}\p{N}])/gu;
/** Anything with a digit in it: numbers, UUIDs, hexadecimal, base64, order-123. */
const WITH_DIGIT = /[\p{L}\p{N}_+/=-]*\p{Nd}[\p{L}\p{N}_+/=.,:-]*/gu;
const WORD_VALUE = /(?<![\p{L}\p{N}_])(?:undefined|null|None|nil|NaN|true|false|True|False)(?![\p{L}\p{N}_])/gu;
/** A list or a document, of any length, is one value. */
const LIST = /[{[(]*\*[\s,;:|*{}[\]()]*[*}\])]/g;

/** A message without what differs between failures of one kind: ids, numbers, times, addresses and quoted values. */
export function normalMessage(message: string, type: string): string {
  const aboutNames = ABOUT_NAMES.test(type);
  return message.slice(0, MAX_TEXT).normalize('NFC')
    .replace(INVALID_JSON, `Unexpected token ${VALUE}, ${VALUE} is not valid JSON`)
    .replace(ARN, (_, service: string) => `arn:${service}:${VALUE}`)
    .replace(URL, `$1/${VALUE}`)
    .replace(EMAIL, VALUE)
    .replace(TIME, VALUE)
    .replace(QUOTED, (quoted, _mark, text: string) => (aboutNames && NAME.test(text) ? quoted : VALUE))
    .replace(WITH_DIGIT, VALUE)
    .replace(WORD_VALUE, VALUE)
    .replace(LIST, VALUE)
    .replace(/\s+/g, ' ').trim().slice(0, MAX_NORMAL);
}

/** A name in code without the numbers that compilers add: `lambda$handle$0`, `<Handle>d__5`, `chunk-X4Y7.js`. */
export function normalName(name: string): string {
  return name.slice(0, MAX_TEXT).normalize('NFC').replace(/\p{Nd}+/gu, VALUE);
}

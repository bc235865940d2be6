/**
 * JSON that SQS takes as a message: the same document, with the characters that SQS refuses written as escapes.
 * `JSON.stringify` has escaped control characters and lone surrogates already.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function messageText(value: unknown): string {
  return JSON.stringify(value).replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** Text that may stand in a message attribute, where nothing can be escaped: what SQS refuses becomes U+FFFD. */
export function attributeText(value: string): string {
  return value.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

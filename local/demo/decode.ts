const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes base64 to text, or to hexadecimal if the bytes are not text. Never returns control characters. */
export function decode(base64: string, most = 200): string {
  const bytes = Buffer.from(base64, 'base64');
  const shown = (value: string) => (value.length > most ? `${value.slice(0, most)}…` : value);
  if (bytes.length === 0) return '(no bytes)';
  try {
    const text = utf8.decode(bytes);
    if (!/[^\P{Cc}\t\n]/u.test(text)) return shown(text);
  } catch {
    // Not text.
  }
  return `${bytes.length} bytes: ${shown(bytes.toString('hex').replace(/(..)(?=.)/g, '$1 '))}`;
}

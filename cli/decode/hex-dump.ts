const BYTES_A_LINE = 16;

/** Bytes as numbers and, beside them, as far as they are ASCII, as text: `00000000  48 65 6c 6c 6f …  |Hello|`. */
export function hexDump(bytes: Buffer, mostBytes = Infinity): string {
  const lines: string[] = [];
  for (let offset = 0; offset < Math.min(bytes.length, mostBytes); offset += BYTES_A_LINE) {
    const line = bytes.subarray(offset, Math.min(offset + BYTES_A_LINE, mostBytes));
    const numbers = [...line].map((byte) => byte.toString(16).padStart(2, '0'));
    const left = numbers.slice(0, 8).join(' ').padEnd(23);
    const right = numbers.slice(8).join(' ').padEnd(23);
    const text = [...line].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${offset.toString(16).padStart(8, '0')}  ${left}  ${right}  |${text}|`);
  }
  return lines.join('\n');
}

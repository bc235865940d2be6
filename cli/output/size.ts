const UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** A number of bytes in few characters: 512 B, 1.4 KiB, 12 MiB. */
export function shortSize(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1_024 ** step;
  return `${step === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${UNITS[step]}`;
}

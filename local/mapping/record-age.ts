import { Clock } from '../clock';
import { StreamRecord } from './stream-reader';

/** Splits off the expired prefix. A young record protects every record behind it, older ones included. */
export function trimExpired(
  records: readonly StreamRecord[],
  maximumAgeSeconds: number,
  clock: Clock,
): { readonly expired: readonly StreamRecord[]; readonly rest: readonly StreamRecord[] } {
  if (maximumAgeSeconds === -1) return { expired: [], rest: records };
  const firstYoung = records.findIndex((record) => clock.age(record.arrivedAt) <= maximumAgeSeconds * 1000);
  const split = firstYoung === -1 ? records.length : firstYoung;
  return { expired: records.slice(0, split), rest: records.slice(split) };
}

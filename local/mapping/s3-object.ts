import type { FailureRecord } from './failure-record';

const TIMES = /"(ApproximateCreationDateTime|approximateArrivalTimestamp)":(\d+(?:\.\d+)?)/g;

/** The object that Lambda writes for a failure record: `payload` stands between `version` and `timestamp`. */
export function objectBody({ requestContext, responseContext, version, ...rest }: FailureRecord, payload: unknown): string {
  return JSON.stringify({ requestContext, responseContext, version, payload, ...rest });
}

/** The event as Lambda writes it into `payload`, with times as Java writes a double: `1.789651658E9`. */
export function payloadText(event: object): string {
  // Within a string of the event the quotation marks are escaped: only keys match.
  return JSON.stringify(event).replaceAll(TIMES, (_, key: string, seconds: string) => `"${key}":${javaDouble(Number(seconds))}`);
}

/** From ten million on with an exponent, as Java does. */
function javaDouble(value: number): string {
  if (value < 1e7) return String(value);
  const [digits, exponent] = value.toExponential().split('e+');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent}`;
}

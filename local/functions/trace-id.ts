/**
 * The tracing header of an invocation, which the SDK's clients pass on with every request: it tells the gateway who asks.
 * On AWS its first digits are a time; here all of them are the request id.
 */
export function traceIdOf(requestId: string): string {
  const digits = requestId.replaceAll('-', '');
  return `Root=1-${digits.slice(0, 8)}-${digits.slice(8)};Sampled=0`;
}

/** The request id of the invocation that a tracing header is from, if it is from one. */
export function requestIdOf(traceHeader: string): string | undefined {
  const [, time, unique] = /^Root=1-([\da-f]{8})-([\da-f]{24})\b/.exec(traceHeader) ?? [];
  if (time === undefined) return undefined;
  return `${time}-${unique.slice(0, 4)}-${unique.slice(4, 8)}-${unique.slice(8, 12)}-${unique.slice(12)}`;
}

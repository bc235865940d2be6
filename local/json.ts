export { isObject } from '../cli/is-object';

/** The JSON object in the body of a request or a response. An empty body is an empty object. */
export function parseObject(body: Buffer): Record<string, unknown> {
  return JSON.parse(body.toString() || '{}') as Record<string, unknown>;
}

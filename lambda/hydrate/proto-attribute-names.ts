import { buffer } from 'node:stream/consumers';
import type { GetRecordsCommand } from '@aws-sdk/client-dynamodb-streams';

/*
 * An attribute may be called `__proto__`, in maps that hold somebody's JSON above all. The SDK loses the value of such a one: it
 * defines the key before it reads it. So the name is another one on its way through the SDK. One NUL in front is enough, as one
 * more is put before names that have some.
 */
const NAME_IN_JSON = /(?<!\\)"((?:\\u0000)*__proto__)"(?=\s*:)/g;
const NAME_IN_SDK = /^\0+__proto__$/;

/** Has the names in what a command returns pass through the SDK. Its response is read to the end for that. */
export function escapeProtoAttributeNames(command: GetRecordsCommand): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body: Uint8Array | NodeJS.ReadableStream };
      const body = await buffer(response.body as NodeJS.ReadableStream);
      response.body = body.includes('__proto__') ? Buffer.from(body.toString().replaceAll(NAME_IN_JSON, '"\\u0000$1"')) : body;
      return result;
    },
    // Next to the wire, before the SDK reads the response.
    { step: 'deserialize', priority: 'low', name: 'escapeProtoNames' },
  );
}

/** The name of an attribute, as it was on the wire. */
export function unescapeProtoAttributeName(name: string): string {
  return NAME_IN_SDK.test(name) ? name.slice(1) : name;
}

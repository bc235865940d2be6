import { buffer } from 'node:stream/consumers';
import type { GetRecordsCommand } from '@aws-sdk/client-dynamodb-streams';

/*
 * An attribute can have the name `__proto__`, for example in a map that holds JSON of users. The SDK loses its value, because it sets the key
 * before it reads it. These functions prefix the name with NUL on its way through the SDK. Names that already have NULs get one more.
 */
const NAME_IN_JSON = /(?<!\\)"((?:\\u0000)*__proto__)"(?=\s*:)/g;
const NAME_IN_SDK = /^\0+__proto__$/;

/** Adds a middleware to a command that escapes the attribute names of its response. It buffers the response. */
export function escapeProtoAttributeNames(command: GetRecordsCommand): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body: Uint8Array | NodeJS.ReadableStream };
      const body = await buffer(response.body as NodeJS.ReadableStream);
      response.body = body.includes('__proto__') ? Buffer.from(body.toString().replaceAll(NAME_IN_JSON, '"\\u0000$1"')) : body;
      return result;
    },
    // Runs before the SDK deserializes the response.
    { step: 'deserialize', priority: 'low', name: 'escapeProtoNames' },
  );
}

/** The original name of an attribute. */
export function unescapeProtoAttributeName(name: string): string {
  return NAME_IN_SDK.test(name) ? name.slice(1) : name;
}

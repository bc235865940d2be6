/** The options beside the command of a call of a mocked client, which the types of the mock do not know. */
export function callOptions(call: { readonly args: readonly unknown[] }): unknown {
  return call.args[1];
}

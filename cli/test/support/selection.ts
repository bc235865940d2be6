import { Selection } from '../../dead-letters/selection';

/** What a command was asked for, where nothing but attributes is needed. */
export function selectionOf(ids: readonly string[] = [], filter: readonly string[] = []): Promise<Selection> {
  return Selection.parse({ aborted: new AbortController().signal } as never, ids, { filter });
}

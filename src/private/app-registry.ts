import { IConstruct } from 'constructs';

/** One entry for each physical name or ARN in an app, created on first use. */
export class AppRegistry<Entry> {
  private readonly apps = new WeakMap<IConstruct, Map<string, Entry>>();

  constructor(private readonly make: () => Entry) {}

  /** The entry for a name, in the app of a construct. */
  public entryOf(scope: IConstruct, name: string): Entry {
    const { root } = scope.node;
    const names = this.apps.get(root) ?? new Map<string, Entry>();
    this.apps.set(root, names);
    const entry = names.get(name) ?? this.make();
    names.set(name, entry);
    return entry;
  }
}

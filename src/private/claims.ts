import { IConstruct } from 'constructs';

/** Something for each name that an app uses: made when it is asked for. */
export class ByName<Entry> {
  private readonly apps = new WeakMap<IConstruct, Map<string, Entry>>();

  constructor(private readonly make: () => Entry) {}

  /** What there is for a name, in the app of a construct. */
  public on(scope: IConstruct, name: string): Entry {
    const { root } = scope.node;
    const names = this.apps.get(root) ?? new Map<string, Entry>();
    this.apps.set(root, names);
    const entry = names.get(name) ?? this.make();
    names.set(name, entry);
    return entry;
  }
}

/** Who uses what in an app, by name. A new claim is pushed to those that are there. */
export class Claims<Claim> extends ByName<Claim[]> {
  constructor() {
    super(() => []);
  }
}

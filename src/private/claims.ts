import { IConstruct } from 'constructs';

/** Who uses what in an app, by name. */
export class Claims<Claim> {
  private readonly apps = new WeakMap<IConstruct, Map<string, Claim[]>>();

  /** The claims on something, in the app of a construct. A new one is pushed to them. */
  public on(scope: IConstruct, name: string): Claim[] {
    const { root } = scope.node;
    const names = this.apps.get(root) ?? new Map<string, Claim[]>();
    this.apps.set(root, names);
    const claims = names.get(name) ?? [];
    names.set(name, claims);
    return claims;
  }
}

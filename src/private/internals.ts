/** What the package knows of an object of an exported class and its API does not show: jsii exports every member of such a class. */
export class Internals<Value> {
  private readonly values = new WeakMap<object, Value>();

  /** @param what in messages, what the objects must be */
  constructor(private readonly what: string) {}

  public set(owner: object, value: Value): void {
    this.values.set(owner, value);
  }

  public of(owner: object): Value {
    const value = this.values.get(owner);
    if (value === undefined) {
      throw new Error(
        `the object must be ${this.what} of this copy of cdk-stream-dlq, got: ${owner.constructor.name}; create it with the classes ` +
          'of the package, and install one copy of the package',
      );
    }
    return value;
  }
}

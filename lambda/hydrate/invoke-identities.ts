import { InvokeIdentity } from '../../src/contract';

/** Which role a processor runs with: Lambda writes it into every record, but not into the failure record. */
export class InvokeIdentities {
  private readonly roleArns: ReadonlyMap<string, string>;

  constructor(identities: readonly InvokeIdentity[]) {
    this.roleArns = new Map(identities.map(({ functionArn, roleArn }) => [functionArn, roleArn]));
  }

  roleArnOf(functionArn: string): string | undefined {
    return this.roleArns.get(functionArn) ?? this.roleArns.get(unqualified(functionArn));
  }
}

/** `arn:aws:lambda:region:account:function:name`, without the version or alias that may follow. */
function unqualified(functionArn: string): string {
  return functionArn.split(':').slice(0, 7).join(':');
}

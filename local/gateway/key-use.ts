import type { Account } from '../account';
import { type RolePrincipal } from '../iam/authorization';
import { type Authorizer, isAwsManagedKey } from '../iam/authorizer';
import type { KeyUse, Operation, Refusal, ServiceName } from './types';

interface KeyRefusal {
  readonly reason: Refusal;
  readonly message: string;
}

/** What the key that encrypts a resource refuses the caller, if it refuses anything. */
export async function keyDenial(
  operation: Operation,
  service: ServiceName,
  principal: RolePrincipal,
  account: Account,
  authorizer: Authorizer,
): Promise<KeyRefusal | undefined> {
  for (const keyUse of [operation.keyUse ?? []].flat()) {
    const refusal = await refused(keyUse, service, principal, account, authorizer);
    if (refusal) return refusal;
  }
  return undefined;
}

async function refused(
  keyUse: KeyUse,
  service: ServiceName,
  principal: RolePrincipal,
  account: Account,
  authorizer: Authorizer,
): Promise<KeyRefusal | undefined> {
  const named = keyUse.keyArn ?? account.encryption.get(keyUse.resource);
  if (named === undefined) return undefined;

  const keyArn = resolve(named, account);
  if (!isAwsManagedKey(keyArn) && !account.keys.has(keyArn)) {
    return { reason: 'keyMissing', message: `Invalid keyId ${named}: the key does not exist` };
  }
  for (const action of keyUse.actions) {
    const context = { 'kms:ViaService': `${service}.${account.region}.amazonaws.com` };
    const { allowed, message } = await authorizer.authorize({ principal, action, resource: keyArn, context });
    if (!allowed) return { reason: 'keyAccess', message };
  }
  return undefined;
}

/** A key may be named by ARN, by id, or by alias. */
function resolve(named: string, account: Account): string {
  const alias = /(?:^|:)(alias\/.+)$/.exec(named)?.[1];
  if (alias) return account.keyAliases.get(alias) ?? account.arn('kms', alias);
  return named.startsWith('arn:') ? named : account.arn('kms', `key/${named}`);
}

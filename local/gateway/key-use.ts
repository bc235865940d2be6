import type { Account } from '../account';
import { type Authorizer, isAwsManagedKey, type RolePrincipal } from '../iam/authorizer';
import type { Operation, Refusal, ServiceName } from './types';

/** What the key that encrypts the resource refuses the caller, if it refuses anything. */
export async function refusedByKey(
  operation: Operation,
  service: ServiceName,
  principal: RolePrincipal,
  account: Account,
  authorizer: Authorizer,
): Promise<{ readonly reason: Refusal; readonly message: string } | undefined> {
  if (!operation.keyUse) return undefined;
  const named = operation.keyUse.keyArn ?? account.encryption.get(operation.keyUse.resource);
  if (named === undefined) return undefined;

  const keyArn = resolve(named, account);
  if (!isAwsManagedKey(keyArn) && !account.keys.has(keyArn)) {
    return { reason: 'keyMissing', message: `Invalid keyId ${named}: the key does not exist` };
  }
  for (const action of operation.keyUse.actions) {
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

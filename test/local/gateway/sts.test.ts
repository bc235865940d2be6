import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { AccountFixture, accountClients } from './fixture';

let fixture: AccountFixture;

beforeAll(async () => {
  fixture = await AccountFixture.start();
});
afterAll(async () => fixture?.stop());

test('everybody is told who they are, whatever they may do', async () => {
  fixture.allow('sts:*', '*', 'Deny');
  expect(await fixture.worker.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '123456789012', Arn: 'arn:aws:sts::123456789012:assumed-role/Worker/local', UserId: 'AROAWORKER:local',
  });
});

test('credentials that no role has are invalid', async () => {
  const stranger = accountClients(fixture.gateway.endpoint, fixture.account.credentialsFor('arn:aws:iam::123456789012:role/Gone'));
  await expect(stranger.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'InvalidClientTokenId', message: 'The security token included in the request is invalid', $metadata: { httpStatusCode: 403 },
  });
  stranger.sts.destroy();
});

test('an action that the gateway does not know is refused', async () => {
  await expect(fixture.worker.sts.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
    message: expect.stringContaining('does not know sts action GetSessionToken'), $metadata: { httpStatusCode: 501 },
  });
});

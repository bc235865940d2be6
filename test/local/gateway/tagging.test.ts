import { GetResourcesCommand, type GetResourcesCommandInput, GetTagKeysCommand } from '@aws-sdk/client-resource-groups-tagging-api';
import { AccountFixture } from './fixture';

const fn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:letters';

let fixture: AccountFixture;

beforeAll(async () => {
  fixture = await AccountFixture.start();
});
afterAll(async () => fixture?.stop());

beforeEach(() => {
  fixture.reset();
  fixture.allow('tag:GetResources');
  const { tags } = fixture.account;
  tags.set(fn('b'), { role: 'hydrate', stack: 'Orders' });
  tags.set(fn('a'), { role: 'capture', stack: 'Orders' });
  tags.set(fn('c'), { role: 'hydrate', stack: 'Audit' });
  tags.set(QUEUE, { role: 'hydrate' });
});

const get = async (input: Partial<GetResourcesCommandInput> = {}) => fixture.worker.tagging.send(new GetResourcesCommand(input));
const arns = async (input?: Partial<GetResourcesCommandInput>) => (await get(input)).ResourceTagMappingList!.map(({ ResourceARN }) => ResourceARN);

test.each<[string, Partial<GetResourcesCommandInput>, string[]]>([
  ['everything without a filter', {}, [fn('a'), fn('b'), fn('c'), QUEUE]],
  ['resources of a type', { ResourceTypeFilters: ['lambda:function'] }, [fn('a'), fn('b'), fn('c')]],
  ['resources of a service', { ResourceTypeFilters: ['sqs'] }, [QUEUE]],
  ['resources of either type', { ResourceTypeFilters: ['sqs', 'lambda:function'] }, [fn('a'), fn('b'), fn('c'), QUEUE]],
  ['none of a type that there is not', { ResourceTypeFilters: ['lambda:layer'] }, []],
  ['any value of a key', { TagFilters: [{ Key: 'stack' }] }, [fn('a'), fn('b'), fn('c')]],
  ['one of the values', { TagFilters: [{ Key: 'role', Values: ['capture', 'redrive'] }] }, [fn('a')]],
  ['every filter', { TagFilters: [{ Key: 'role', Values: ['hydrate'] }, { Key: 'stack', Values: ['Orders'] }] }, [fn('b')]],
  ['none for a value that differs in case', { TagFilters: [{ Key: 'stack', Values: ['orders'] }] }, []],
])('finds %s', async (_, input, expected) => {
  expect(await arns(input)).toEqual(expected);
});

test('tells the tags with their resources', async () => {
  expect((await get({ TagFilters: [{ Key: 'role', Values: ['capture'] }] })).ResourceTagMappingList).toEqual([
    { ResourceARN: fn('a'), Tags: [{ Key: 'role', Value: 'capture' }, { Key: 'stack', Value: 'Orders' }] },
  ]);
});

test('in pages', async () => {
  const first = await get({ ResourcesPerPage: 3 });
  expect(first.ResourceTagMappingList).toHaveLength(3);
  const second = await get({ ResourcesPerPage: 3, PaginationToken: first.PaginationToken });
  expect(second.ResourceTagMappingList!.map(({ ResourceARN }) => ResourceARN)).toEqual([QUEUE]);
  expect(second.PaginationToken).toBe('');
  fixture.account.tags.delete(QUEUE);
  await expect(get({ PaginationToken: first.PaginationToken })).rejects.toMatchObject({ name: 'PaginationTokenExpiredException' });
});

test.each<[string, Partial<GetResourcesCommandInput>, string]>([
  ['a page of none', { ResourcesPerPage: 0 }, 'ResourcesPerPage must be 1 to 100, got: 0'],
  ['a page of too many', { ResourcesPerPage: 101 }, 'ResourcesPerPage must be 1 to 100, got: 101'],
  ['a filter without a key', { TagFilters: [{ Values: ['a'] }] }, 'every one of TagFilters must have a Key'],
])('fails for %s', async (_, input, message) => {
  await expect(get(input)).rejects.toMatchObject({ name: 'InvalidParameterException', message: expect.stringContaining(message) });
});

test('a parameter that the gateway does not know is refused', async () => {
  await expect(get({ ExcludeCompliantResources: true })).rejects.toMatchObject({
    message: expect.stringContaining('got: ExcludeCompliantResources'), $metadata: { httpStatusCode: 501 },
  });
});

test('takes the permission tag:GetResources', async () => {
  fixture.reset();
  await expect(get()).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('tag:GetResources') });
});

test('an action that the gateway does not know is refused', async () => {
  await expect(fixture.worker.tagging.send(new GetTagKeysCommand({}))).rejects.toMatchObject({
    message: expect.stringContaining('does not know tagging action GetTagKeys'), $metadata: { httpStatusCode: 501 },
  });
});

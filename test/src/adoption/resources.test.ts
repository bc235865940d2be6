import { AdoptionPath, SOURCES } from '../../support/adoption/adoption-path';
import { RESOURCE_PATHS } from '../../support/adoption/resource-paths';
import { changesBetween, idsOf, updatedBefore } from '../../support/adoption/template-changes';
import { DEFINED, definedLater, MAPPING, templateOf } from './adoption-templates';

/*
 * What CloudFormation does when a mapping that is an L1, of a migrated app or of an included template, is attached to a StreamDlq:
 * docs/adopting.md has the code.
 */
const cases = Object.entries<AdoptionPath>(RESOURCE_PATHS).flatMap(([name, path]) => SOURCES.map((source) => ({ name, path, source })));

describe.each(cases)('from $name, on $source', ({ path, source }) => {
  const [before, adopted] = (['before', 'adopted'] as const).map((step) => templateOf(path, source, step));
  const changes = changesBetween(before, adopted);
  const mapping = Object.keys(changes.updated)[0];

  test('one deployment adds the StreamDlq and changes the destination of the mapping: nothing else changes, is replaced or removed', () => {
    expect(changes).toEqual({ added: DEFINED.HYDRATE, updated: { [mapping]: ['DependsOn', 'DestinationConfig'] }, removedOrReplaced: {} });
    expect(idsOf(before, MAPPING)).toContain(mapping);
  });

  test('the mapping changes once the new permission and all that makes dead letters are there', () => {
    const earlier = updatedBefore(adopted, mapping);
    expect(definedLater(before, adopted, earlier)).toEqual([]);
    const lets = idsOf(adopted, 'AWS::IAM::Policy').filter((id) => id.includes('PublishTo'));
    expect(lets).toHaveLength(1);
    expect([...earlier]).toEqual(expect.arrayContaining(lets));
  });

  test('the role of the processor keeps its own policies, the permission on the old destination among them', () => {
    const [role] = idsOf(before, 'AWS::IAM::Role');
    expect(adopted.Resources[role]).toEqual(before.Resources[role]);
    const [lets] = idsOf(adopted, 'AWS::IAM::Policy').filter((id) => id.includes('PublishTo'));
    expect(adopted.Resources[lets].Properties).toMatchObject({ Roles: [{ Ref: role }] });
  });
});

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  Assembly, Docs, isClassOrInterfaceType, isClassType, isCollectionTypeReference, isInterfaceType, isPrimitiveTypeReference,
  isUnionTypeReference, loadAssemblyFromPath, Method, OptionalValue, Property, Type, TypeReference,
} from '@jsii/spec';

/*
 * What users of all languages see: the assembly that jsii makes of src/. Run by `npx projen test:packages`, after `npx projen generate`.
 */
const ROOT = resolve(__dirname, '..', '..');

interface Member {
  readonly name: string;
  readonly docs?: Docs;
  readonly value?: OptionalValue & { readonly type: TypeReference };
  readonly isProp: boolean;
  readonly method?: Method;
}

function assembly(): Assembly {
  if (!existsSync(join(ROOT, '.jsii'))) throw new Error('.jsii must be there, got: nothing; run `npx projen generate` first');
  return loadAssemblyFromPath(ROOT, false);
}

const types: readonly Type[] = Object.values(assembly().types ?? {});

const members: readonly Member[] = types.filter(isClassOrInterfaceType).flatMap((type) => [
  ...(type.properties ?? []).map((it: Property): Member => (
    { name: `${type.name}.${it.name}`, docs: it.docs, value: it, isProp: isInterfaceType(type) && type.datatype === true }
  )),
  ...(type.methods ?? []).map((it: Method): Member => (
    { name: `${type.name}.${it.name}()`, docs: it.docs, value: it.returns, isProp: false, method: it }
  )),
]);

/** The types within a type: elements of lists and maps, and parts of unions. */
function within(type: TypeReference | undefined): TypeReference[] {
  if (!type) return [];
  if (isCollectionTypeReference(type)) return [type, ...within(type.collection.elementtype)];
  if (isUnionTypeReference(type)) return [type, ...type.union.types.flatMap(within)];
  return [type];
}

const typesOf = ({ value, method }: Member): TypeReference[] => [
  ...within(value?.type), ...(method?.parameters ?? []).flatMap(({ type }) => within(type)),
];

const namesOf = (found: readonly Member[]): string[] => found.map(({ name }) => name);

describe('the API', () => {
  test('has the classes that the README names', () => {
    const names = types.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['StreamDlq', 'IStreamDlq', 'KinesisStreamProcessor', 'DynamoStreamProcessor', 'RedriveFunction']));
  });

  test('has no union, which languages with types do not have', () => {
    expect(namesOf(members.filter((it) => typesOf(it).some(isUnionTypeReference)))).toEqual([]);
  });

  test('has no `any` beside the one of the CDK\'s own `filters`', () => {
    const isAny = (type: TypeReference): boolean => isPrimitiveTypeReference(type) && ['any', 'json'].includes(type.primitive);
    expect(namesOf(members.filter((it) => typesOf(it).some(isAny)))).toEqual(['DynamoMappingOptions.filters', 'KinesisMappingOptions.filters', 'QueueMappingOptions.filters']);
  });

  test('has a default for each optional prop', () => {
    expect(namesOf(members.filter(({ isProp, value, docs }) => isProp && value?.optional && !docs?.default?.trim()))).toEqual([]);
  });

  test('has a first sentence for each type and member', () => {
    const undocumented = [...types, ...members.map(({ name, docs }) => ({ name, docs }))].filter(({ docs }) => !docs?.summary?.trim());
    expect(undocumented.map(({ name }) => name)).toEqual([]);
  });

  test('documents each parameter, and what each method returns', () => {
    const missing = members.flatMap(({ name, docs, method }) => [
      ...(method?.parameters ?? []).filter((it) => !it.docs?.summary?.trim()).map((it) => `${name} ${it.name}`),
      ...(method?.returns && !docs?.returns?.trim() ? [`${name} returns`] : []),
    ]);
    expect(missing).toEqual([]);
  });

  test('has no private name: jsii would export it', () => {
    const private_ = [...types, ...members].filter(({ name }) => /(^|\.)_/.test(name));
    expect(private_.map(({ name }) => name)).toEqual([]);
  });

  test('has props that nobody changes', () => {
    const changeable = types.filter(isInterfaceType).filter(({ datatype }) => datatype).flatMap((type) =>
      (type.properties ?? []).filter(({ immutable }) => !immutable).map(({ name }) => `${type.name}.${name}`));
    expect(changeable).toEqual([]);
  });

  test('is experimental as a whole, until its first major version', () => {
    expect(assembly().docs?.stability).toBe('experimental');
  });

  test('has constructors that take props last', () => {
    const others = types.filter(isClassType).filter(({ initializer }) => initializer?.parameters).filter(({ initializer }) =>
      !['scope,id', 'scope,id,props'].includes(initializer!.parameters!.map(({ name }) => name).join(',')));
    expect(others.map(({ name }) => name)).toEqual([]);
  });
});

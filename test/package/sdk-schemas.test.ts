import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';
import { filesIn } from '../../projenrc/files';
import { shortened, USED_MEMBERS } from '../../projenrc/sdk-schemas';

const { s3, lambda } = USED_MEMBERS;

/** The commands of which a structure has only the used members. */
const COMMANDS: Readonly<Record<string, { readonly input?: readonly string[]; readonly output: readonly string[] }>> = {
  GetObjectCommand: { input: s3.GetObjectRequest, output: s3.GetObjectOutput },
  PutObjectCommand: { input: s3.PutObjectRequest, output: s3.PutObjectOutput },
  CopyObjectCommand: { input: s3.CopyObjectRequest, output: s3.CopyObjectOutput },
  GetFunctionConfigurationCommand: { output: lambda.FunctionConfiguration },
};

interface Use {
  readonly command: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

/** What the code of the functions passes to these commands, and what it takes of their answers. */
function usesIn(file: string): Use[] {
  const uses: Use[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text in COMMANDS) {
      const [input] = node.arguments ?? [];
      if (!input || !ts.isObjectLiteralExpression(input)) throw new Error(`${file} must pass an object literal, got: ${node.getText()}`);
      let statement: ts.Node = node;
      while (!ts.isStatement(statement)) statement = statement.parent;
      uses.push({ command: node.expression.text, input: input.properties.map((it) => it.name!.getText()), output: takenBy(statement, file) });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  return uses;
}

/** The members that a statement takes of an answer: `await client.send(…)` takes none. */
function takenBy(statement: ts.Node, file: string): string[] {
  if (ts.isExpressionStatement(statement)) return [];
  const [declaration] = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [];
  if (!declaration || !ts.isObjectBindingPattern(declaration.name)) throw new Error(`${file} must destructure the answer, got: ${statement.getText()}`);
  return declaration.name.elements.map((it) => (it.propertyName ?? it.name).getText());
}

const uses = filesIn(resolve(__dirname, '..', '..', 'lambda')).filter((file) => file.endsWith('.ts')).flatMap(usesIn);

test.each(Object.keys(COMMANDS))('the bundles know each member that the functions use of %s', (command) => {
  const its = uses.filter((it) => it.command === command);
  expect(its).not.toEqual([]);
  for (const { input, output } of its) {
    if (COMMANDS[command].input) expect(COMMANDS[command].input).toEqual(expect.arrayContaining([...input]));
    expect(COMMANDS[command].output).toEqual(expect.arrayContaining([...output]));
  }
});

const schemasOf = (client: string) =>
  readFileSync(join(require.resolve(`@aws-sdk/client-${client}/package.json`), '..', 'dist-es', 'schemas', 'schemas_0.js'), 'utf8');

/** A structure of a client: its names, types and the number of required members. */
function structure(text: string, name: string): readonly [names: readonly string[], types: readonly unknown[], required: number] {
  const code = text.replace(/^import [^]*?;$/gm, '').replace(/^export /gm, '').replace(/^\w+_registry\.registerError.*$/gm, '');
  const value = new Function('TypeRegistry', `${code}; return ${name}$;`)(class { static for() {} registerError() {} }) as unknown[];
  return [value[4] as string[], value[5] as unknown[], (value[6] as number | undefined) ?? 0];
}

describe.each(['s3', 'lambda'] as const)('the schemas of %s in the bundles', (client) => {
  const text = schemasOf(client);

  test.each(Object.entries(USED_MEMBERS[client]))('have the used members of %s as the SDK has them', (name, used) => {
    const [names, types, required] = structure(text, name);
    const [ourNames, ourTypes, ourRequired] = structure(shortened({ client, text }), name);
    expect([...ourNames].sort()).toEqual([...used].sort());
    expect(ourNames.slice(0, ourRequired)).toEqual(names.slice(0, required));
    // Functions of schemas are of two evaluations: their text says which schema.
    const plain = (type: unknown) => JSON.stringify(type, (_, value: unknown) => (typeof value === 'function' ? String(value) : value));
    expect(ourTypes.map(plain)).toEqual(ourNames.map((it) => plain(types[names.indexOf(it)])));
  });

  it('must have the form that the build expects', () => {
    const [name] = Object.keys(USED_MEMBERS[client]);
    expect(() => shortened({ client, text: text.replace(`export var ${name}$ = [3, n0,`, `export var ${name}$ = struct(`) })).toThrow('another form');
    expect(() => shortened({ client, text: text.replaceAll('n0_registry.registerError', 'register') })).toThrow('must register their errors');
  });
});

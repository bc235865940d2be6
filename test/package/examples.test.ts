import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(__dirname, '../..');
/** What is copied from docs/compliance.md has a test of its own: it needs a newer CDK. */
const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).filter((it) => it.endsWith('.md') && it !== 'compliance.md').map((it) => `docs/${it}`)];
/** What an example that imports nothing may take for granted: README.md by names, as jsii-rosetta has it, and docs/ by modules. */
const fixture = (page: string) => readFileSync(join(ROOT, `rosetta/${page === 'README.md' ? 'default' : 'docs'}.ts-fixture`), 'utf8');

/** The examples in TypeScript of all pages, each as a file of its own that is only in memory. */
function examples(): Map<string, string> {
  return new Map(PAGES.flatMap((page) => {
    const blocks = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```ts[^\n]*\n([\s\S]*?)^```$/gm)];
    return blocks.map(([, code], index): [string, string] =>
      [join(ROOT, `${page}.example-${index + 1}.ts`), code.startsWith('import ') ? code : inFixture(page, code)]);
  }));
}

/** Declarations are not allowed where the fixture has the example. */
function inFixture(page: string, code: string): string {
  const declarations = code.split('\n').filter((line) => line.startsWith('declare '));
  const statements = code.split('\n').filter((line) => !line.startsWith('declare '));
  return fixture(page)
    .replace('class Fixture', `${declarations.join('\n')}\n\nclass Fixture`).replace('/// here', statements.join('\n'));
}

function errorsIn(files: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.dev.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  const host = ts.createCompilerHost({ ...options, noUnusedLocals: false, noUnusedParameters: false });
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => files.has(resolve(name)) || fileExists.call(host, name);
  host.getSourceFile = (name, language, ...more) => {
    const text = files.get(resolve(name));
    return text === undefined ? getSourceFile.call(host, name, language, ...more) : ts.createSourceFile(name, text, language);
  };
  const program = ts.createProgram([...files.keys()], { ...options, noUnusedLocals: false, noUnusedParameters: false }, host);
  return [...files.keys()]
    .flatMap((name) => ts.getPreEmitDiagnostics(program, program.getSourceFile(name)))
    .map(({ file, start, messageText }) => {
      const line = file ? file.text.slice(0, start).split('\n').length : 0;
      return `${file?.fileName.slice(ROOT.length + 1)} line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
}

test('every example in TypeScript, of README and docs, compiles', () => {
  const files = examples();
  expect(files.size).toBeGreaterThan(10);
  expect(errorsIn(files)).toEqual([]);
});

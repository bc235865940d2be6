import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn } from '../../projenrc/files';
import { artifact, DIST, emptyFolder, hasToolchain, ROOT } from './built-packages';
import { runProgram } from './run-program';
import { Example, Language, translatedExamples } from './translations';

/*
 * The examples of README.md and docstrings, as the packages of dist/ show them in their language. Whether they compile, the test of
 * examples/ sees. Run by `npx projen test:packages`, after `npx projen release:rehearse`.
 */
const testWith = (program: string) => (hasToolchain(program) ? test : test.skip);

/** The files with an ending in a folder, and in those below it. */
function filesWith(folder: string, ending: string): string[] {
  const files = filesIn(folder).filter((file) => file.endsWith(ending));
  if (files.length === 0) throw new Error(`${folder} must hold files *${ending}, got: none; run npx projen release:rehearse`);
  return files;
}

let examples: readonly Example[];
beforeAll(() => {
  examples = translatedExamples();
});

describe('the npm package, which the release jobs make the others from', () => {
  test('has each example of README.md and of the docstrings', () => {
    const docstrings = filesWith(join(ROOT, 'src'), '.ts').flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/@example$/gm)]);
    const blocks = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```ts/gm)];
    expect(examples.filter(({ inReadme }) => inReadme)).toHaveLength(blocks.length);
    expect(examples.filter(({ inReadme }) => !inReadme)).toHaveLength(docstrings.length);
  });

  test.each<Language>(['csharp', 'go', 'java', 'python'])('has no example with TypeScript in it: %s', (language) => {
    const code = examples.map(({ translations }) => translations[language].replace(/"[^"]*"/g, '""'));
    // What none of the languages has: quotes of TypeScript, its declarations, and objects without a type.
    expect(code.filter((source) => !source.trim() || /'|\b(const|declare|export|undefined)\b|[(,] ?\{ \w+:|=>/.test(source))).toEqual([]);
  });
});

describe.each<[Language, string, string, readonly string[], () => string]>([
  ['python', 'python3', 'the wheel with its page on PyPI', ['METADATA', '.py'], () => unpacked(artifact('python', '.whl'))],
  ['java', 'mvn', 'the Javadoc', ['.java'], () => unpacked(filesWith(join(DIST, 'java'), '-sources.jar')[0])],
  ['go', 'go', 'the Go module with its README', ['README.md', '.go'], () => join(DIST, 'go')],
])('in %s', (language, toolchain, shows, endings, folderOf) => {
  testWith(toolchain)(`${shows} shows each example in the language, and none in TypeScript`, () => {
    const folder = folderOf();
    const text = words(endings.flatMap((ending) => filesWith(folder, ending)).map((file) => readFileSync(file, 'utf8')).join('\n'));
    expect(examples.filter(({ translations }) => !text.includes(words(translations[language]))).map(({ name }) => name)).toEqual([]);
    expect(examples.filter(({ typescript }) => text.includes(words(typescript))).map(({ name }) => name)).toEqual([]);
  });
});

/** An unpacked wheel or JAR. */
function unpacked(archive: string): string {
  const folder = emptyFolder();
  runProgram(folder, 'python3', ['-m', 'zipfile', '--extract', archive, folder]);
  return folder;
}

/** The words of a text, without what comments and documentation put between them. */
function words(text: string): string {
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#64;': '@', '&amp;': '&' };
  return text.replace(/^\s*(\*|\/\/) ?/gm, '').replace(/&(lt|gt|quot|#64|amp);/g, (entity) => entities[entity]).replaceAll('\\"', '"').replace(/\s+/g, ' ').trim();
}

describe('who looks for the project', () => {
  const { homepage, bugs } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { homepage: string; bugs: { url: string } };

  test('finds its homepage and its issues from npm', () => {
    const published = JSON.parse(runProgram(DIST, 'tar', ['-xzOf', artifact('js', '.tgz'), 'package/package.json'])) as object;
    expect(published).toMatchObject({ homepage: 'https://github.com/cdk-stream-dlq/cdk-stream-dlq#readme', bugs });
    expect(bugs).toEqual({ url: 'https://github.com/cdk-stream-dlq/cdk-stream-dlq/issues' });
  });

  testWith('python3')('finds its homepage from PyPI', () => {
    const [metadata] = filesWith(unpacked(artifact('python', '.whl')), 'METADATA');
    expect(readFileSync(metadata, 'utf8')).toContain(`Home-page: ${homepage}\n`);
  });

  testWith('mvn')('finds its homepage from Maven Central', () => {
    expect(readFileSync(filesWith(join(DIST, 'java'), '.pom')[0], 'utf8')).toContain(`<url>${homepage}</url>`);
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { declaredProperties } from '../support/mapping-options';

const ROOT = resolve(__dirname, '../..');
const REPOSITORY = 'https://github.com/cdk-stream-dlq/cdk-stream-dlq/blob/main/';

const PAGES = [
  'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'VERSIONS.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md', 'cli/README.md', ...pagesIn('docs'),
  ...pagesOfExamples(),
];

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).filter((file) => file.endsWith('.md')).map((file) => `${folder}/${file}`);
}

function pagesOfExamples(): string[] {
  const files = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' }).filter((file) => !file.includes('node_modules'));
  return files.filter((file) => file.endsWith('README.md')).map((file) => `examples/${file.replaceAll('\\', '/')}`);
}

const textOf = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** Without blocks of code, in which nothing is a link or a heading. */
const proseOf = (page: string) => textOf(page).replace(/^```[^\n]*\n[\s\S]*?^```$/gm, '');

function linksOf(page: string): string[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replace(/[^\p{Letter}\p{Number}\s_-]/gu, '').replace(/\s/g, '-'));
}

describe.each(PAGES)('%s', (page) => {
  test('has links that lead somewhere in this repository', () => {
    const broken = linksOf(page)
      .map((link) => (link.startsWith(REPOSITORY) ? { link, path: link.slice(REPOSITORY.length), from: '' } : { link, path: link, from: dirname(page) }))
      .filter(({ path }) => !path.startsWith('https://'))
      .filter(({ path, from }) => {
        const [file, anchor] = path.split('#');
        const target = file ? relative(ROOT, resolve(ROOT, from, file)) : page;
        return !existsSync(join(ROOT, target)) || (anchor && !anchorsOf(target).includes(anchor));
      });
    expect(broken.map(({ link }) => link)).toEqual([]);
  });

  test('has lines that are easy to review: 120 columns at most, but for tables, code and links', () => {
    const long = proseOf(page).split('\n').filter((line) => [...line.replace(/\]\(\S+\)/g, ']')].length > 120 && !line.startsWith('|'));
    expect(long).toEqual([]);
  });
});

describe('README.md, which registries and Construct Hub show as well', () => {
  test('is read in two minutes: at most 150 lines', () => {
    expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  test('has absolute links only', () => {
    expect(linksOf('README.md').filter((link) => !link.startsWith('https://'))).toEqual([]);
  });

  test('names the oldest versions of the CDK that the package takes', () => {
    const { peerDependencies } = JSON.parse(textOf('package.json')) as { peerDependencies: Record<string, string> };
    for (const [name, range] of Object.entries(peerDependencies)) {
      expect(textOf('README.md')).toContain(`${name} ${range.replace('^', '')}`);
    }
  });

  test('has the snapshot test that runs in examples/typescript/orders', () => {
    const [, copied] = /^```js\n([\s\S]*?)^```$/m.exec(textOf('README.md'))!;
    expect(copied).toBe(readFileSync(join(ROOT, 'examples/typescript/orders/app.test.ts'), 'utf8'));
  });
});

test.each(['kinesis', 'dynamo'])('docs/mapping-options.md says how each option of the mapping is set (%s)', (kind) => {
  const struct = `${kind[0].toUpperCase()}${kind.slice(1)}MappingOptions`;
  const options = [...declaredProperties(`${kind}-mapping-options.ts`, struct).keys()];
  expect(options.filter((option) => !textOf('docs/mapping-options.md').includes(`\`${option}\``))).toEqual([]);
});

test('docs/README.md names every page of docs/', () => {
  const named = linksOf('docs/README.md').map((link) => `docs/${link.split('#')[0]}`);
  expect(pagesIn('docs').filter((page) => page !== 'docs/README.md' && !named.includes(page))).toEqual([]);
});

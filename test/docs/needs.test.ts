import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/mapping-options.md'), 'utf8');

/** Props of the CDK, in `queueProps` or on a mapping. */
const PROPS_OF_CDK = ['onFailure', 'visibilityTimeout', 'fifo'];

const sources = readdirSync(join(ROOT, 'src')).filter((it) => it.endsWith('.ts')).map((it) => readFileSync(join(ROOT, 'src', it), 'utf8')).join('\n');

/** Whether the API has a prop, a class, or a method of a class. */
function isDeclared(name: string): boolean {
  const [type, method] = name.replace(/\(\)$/, '').split('.');
  if (method) return sources.includes(`export class ${type} `) && sources.includes(`public static ${method}(`);
  return new RegExp(`^export class ${type} |^  readonly ${type}\\??:`, 'm').test(sources);
}

describe.each([
  ['What a stream processor needs', 19],
  ['What a queue processor needs', 11],
])('docs/mapping-options.md: %s', (heading, count) => {
  const section = page.split(`\n## ${heading}\n`)[1].split('\n## ')[0];
  const rows = section.split('\n').filter((line) => line.startsWith('| ')).slice(1).map((line) => line.split(' | ').map((it) => it.replace(/^\| | \|$/g, '')));

  test('has a row for each need', () => {
    expect(rows).toHaveLength(count);
    for (const row of rows) expect(row).toHaveLength(5);
  });

  test.each(rows)('%s: has props that exist, and a test', (_, prop, __, ___, tests) => {
    const names = [...prop.matchAll(/`([\w.()]+)`/g)].map(([, name]) => name);
    expect(names.length > 0 || prop === 'set for you').toBe(true);
    expect(names.filter((name) => !isDeclared(name) && !PROPS_OF_CDK.includes(name))).toEqual([]);
    const files = [...tests.matchAll(/\]\(\.\.\/(test\/[^)]+\.test\.ts)\)/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLES, LANGUAGES, topicsOf, WHOLE_APPS } from './topics';

const textOf = (...path: readonly string[]) => readFileSync(join(EXAMPLES, ...path), 'utf8');
const { peerDependencies } = JSON.parse(textOf('..', 'package.json')) as { peerDependencies: Record<string, string> };
const oldestCdk = peerDependencies['aws-cdk-lib'].replace('^', '');

/** The file that names the dependencies of an app, and how it names the versions. */
const DEPENDENCIES = {
  typescript: { file: 'package.json', cdk: `"aws-cdk-lib": "^${oldestCdk}"`, library: /"cdk-stream-dlq": "\^(.+)"/ },
  python: { file: 'requirements.txt', cdk: `aws-cdk-lib>=${oldestCdk},<3`, library: /^cdk-stream-dlq~=(.+)$/m },
  java: { file: 'pom.xml', cdk: `<aws-cdk-lib.version>${oldestCdk}<`, library: /<cdk-stream-dlq\.version>(.+)</ },
  go: { file: 'go.mod', cdk: `awscdk/v2 v${oldestCdk}`, library: /\/cdkstreamdlq v(.+)/ },
} as const;

test('examples/ has the languages that are tested, and nothing else', () => {
  expect(readdirSync(EXAMPLES).sort()).toEqual([...LANGUAGES, 'README.md'].sort());
});

test('the Maven dependency of the README has the version of the examples', () => {
  const [, version] = /<artifactId>cdk-stream-dlq<\/artifactId><version>(.+)<\/version>/.exec(textOf('..', 'README.md'))!;
  expect(version).toBe(DEPENDENCIES.java.library.exec(textOf('java', 'kinesis', 'pom.xml'))![1]);
});

test('every language has the same topics', () => {
  const common = topicsOf('typescript').filter((topic) => !WHOLE_APPS.includes(topic));
  expect(common.length).toBeGreaterThan(0);
  const topics = Object.fromEntries(LANGUAGES.map((language) => [language, topicsOf(language)]));
  expect(topics).toEqual({ typescript: [...common, ...WHOLE_APPS].sort(), python: common, java: common, go: common });
});

test('examples/README.md links every app', () => {
  const links = [...textOf('README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link);
  expect(links.sort()).toEqual(LANGUAGES.flatMap((language) => topicsOf(language).map((topic) => `${language}/${topic}`)).sort());
});

test('the processor of the Go app is that of the TypeScript app: there is no Powertools for Go', () => {
  const processor = ['idempotency', 'processor', 'index.mjs'];
  expect(textOf('go', ...processor)).toBe(textOf('typescript', ...processor));
});

describe.each(LANGUAGES)('the %s apps', (language) => {
  const topics = topicsOf(language);
  const { file, cdk, library } = DEPENDENCIES[language];

  test.each(topics)('have a README of a few lines: %s', (topic) => {
    const lines = textOf(language, topic, 'README.md').trimEnd().split('\n').filter(Boolean);
    expect(lines).toHaveLength(5);
    expect(lines.slice(2)).toEqual([/^- Install: /, /^- Synthesize: /, /^- Change: /].map((start) => expect.stringMatching(start)));
  });

  test('have the same settings, so that a change of one is a change of all', () => {
    for (const settings of ['cdk.json', file]) {
      expect(new Set(topics.map((topic) => textOf(language, topic, settings))).size).toBe(1);
    }
  });

  test('install the oldest CDK or a newer one, and the same version of the library as the TypeScript apps', () => {
    expect(textOf(language, topics[0], file)).toContain(cdk);
    const versionIn = (text: string, pattern: RegExp) => pattern.exec(text)?.[1];
    const version = versionIn(textOf('typescript', topicsOf('typescript')[0], 'package.json'), DEPENDENCIES.typescript.library);
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(versionIn(textOf(language, topics[0], file), library)).toBe(version);
  });
});

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/*
 * Completes the translations of `jsii-rosetta extract`, which every package shows:
 *
 * - An example that defines a class is a whole program. jsii-rosetta writes statements outside of a function, which Java and Go do not
 *   have and C# has before the classes only: `rosetta/<class>.<ending>` is the program in such a language, written by hand.
 * - In Go it leaves out the package of types, takes `awscdk` for that of all functions, passes lists without their address, and writes
 *   `jsii.Boolean` for `jsii.Bool`.
 */
const ROOT = resolve(__dirname, '..');
const TABLET = join(ROOT, '.jsii.tabl.json');
const WRITTEN_BY_HAND = { csharp: 'cs', go: 'go', java: 'java' };

interface Tablet {
  readonly snippets: Record<string, Snippet>;
}

interface Snippet {
  /** By language; `$` is the example itself. */
  readonly translations: Record<string, { source: string }>;
  /** The example in its fixture. */
  readonly fullSource: string;
  /** Types in the example, and members after a `#`. */
  readonly fqnsReferenced: readonly string[];
}

/** The package of a type in Go, as jsii-pacmak names it: by the imports of the fixture, or by the types that jsii-rosetta found. */
function goPackage(name: string, { fullSource, fqnsReferenced }: Snippet): string {
  const imports = [...fullSource.matchAll(/^import \{(.*)\} from '(.*)';$/gm)].filter(([, names]) => names.split(',').some((it) => it.trim() === name));
  const found = fqnsReferenced.filter((fqn) => fqn.endsWith(`.${name}`)).map((fqn) => fqn.split('.').slice(0, -1).join('/'));
  const [module] = [...imports.map(([, , from]) => from), ...found];
  if (!module) throw new Error(`a type in an example must be imported by name in rosetta/default.ts-fixture, got: ${name}`);
  return module.replace(/^aws-cdk-lib$/, 'awscdk').replace(/^.*\//, '').replace(/[^a-z0-9]/g, '');
}

function inGo(source: string, snippet: Snippet): string {
  const qualified = (name: string) => `${goPackage(name, snippet)}.`;
  return source
    .replace(/\bawscdk\.(New)?([A-Z]\w*?)(?=[_(])/g, (_, make = '', name: string) => `${qualified(name)}${make}${name}`)
    .replace(/(^var \w+ |&)([A-Z]\w*)/gm, (_, before: string, name: string) => `${before}${qualified(name)}${name}`)
    .replaceAll('jsii.Boolean(', 'jsii.Bool(')
    .replace(/: \[\]([A-Z]\w*)\{/g, (_, name: string) => `: &[]${qualified(name)}${name}{`);
}

/** The file with a program in a language, if the example is one. */
function program({ translations }: Snippet, ending: string): string | undefined {
  const [, name] = /^export class (\w+)/m.exec(translations.$.source) ?? [];
  return name && join(ROOT, 'rosetta', `${name}.${ending}`);
}

const tablet = JSON.parse(readFileSync(TABLET, 'utf8')) as Tablet;
for (const snippet of Object.values(tablet.snippets)) {
  for (const [language, ending] of Object.entries(WRITTEN_BY_HAND)) {
    const file = program(snippet, ending);
    if (file && existsSync(file)) snippet.translations[language].source = readFileSync(file, 'utf8').trimEnd();
    else if (file) throw new Error(`${file} must be the program in ${language}, got: no such file`);
    else if (language === 'go') snippet.translations.go.source = inGo(snippet.translations.go.source, snippet);
  }
}
writeFileSync(TABLET, JSON.stringify(tablet));

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** A zone of `import-x/no-restricted-paths`. */
interface Zone {
  readonly target: string | readonly string[];
  readonly from: readonly string[];
  readonly except?: readonly string[];
}

/** What each room may import, as the picture in CONTRIBUTING.md says. */
function roomsOfPicture(): Map<string, string[]> {
  const [, table] = /^room +may import\n([^`]*)```/m.exec(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8'))!;
  const rows = table.trim().split('\n').map((line) => /^(\S+) +(.+)$/.exec(line)!);
  return new Map(rows.map(([, room, imports]) => [folder(room), imports === 'nothing' ? [] : imports.split(', ').map(folder)]));
}

/** In a process of its own: the configuration is an ES module. */
function zonesOfLint(): Zone[] {
  const script = `import { walls } from ${JSON.stringify(`file://${join(ROOT, 'eslint.config.mjs')}`)}; console.log(JSON.stringify(walls));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8', cwd: ROOT }));
}

function folder(path: string): string {
  // `./cli/*.ts` and the like stand for the folder.
  return path.replace(/^\.\//, '').replace(/\/(\*|!\().*$/, '').replace(/\/$/, '');
}

const isWithin = (path: string, parent: string) => path === parent || path.startsWith(`${parent}/`);

function mayImport(zones: readonly Zone[], room: string, imported: string): boolean {
  const ofRoom = zones.filter(({ target }) => [target].flat().some((it) => isWithin(room, folder(it))));
  return !ofRoom.some(({ from, except = [] }) =>
    from.map(folder).some((denied) => isWithin(imported, denied) && !except.some((it) => isWithin(imported, `${denied}/${it}`))));
}

test('the picture of the rooms in CONTRIBUTING.md says what the lint zones allow', () => {
  const picture = roomsOfPicture();
  const zones = zonesOfLint();
  const named = new Set([...picture].flatMap(([room, imports]) => [room, ...imports]));
  named.delete('anything');
  for (const [room, imports] of picture) {
    const others = [...named].filter((it) => it !== room && !(isWithin(it, room) && it !== 'src/contract.ts'));
    const allowed = others.filter((it) => mayImport(zones, room, it));
    expect([room, imports[0] === 'anything' ? [...others].sort() : [...imports].sort()]).toEqual([room, allowed.sort()]);
  }
});

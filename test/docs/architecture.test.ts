import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pictures, PICTURES } from '../../projenrc/architecture';

const page = readFileSync(join(__dirname, '../../docs/architecture.md'), 'utf8');

test('the pictures show what the constructs define today: `npx projen generate` writes them', async () => {
  const drawn = await pictures();
  expect(readdirSync(PICTURES).filter((name) => name.startsWith('architecture-')).sort()).toEqual(Object.keys(drawn).sort());
  const outdated = Object.entries(drawn).filter(([name, svg]) => readFileSync(join(PICTURES, name), 'utf8') !== svg).map(([name]) => name);
  expect(outdated).toEqual([]);
});

test('the page shows each picture, and says what each resource in them is for', async () => {
  for (const [name, svg] of Object.entries(await pictures())) {
    expect(page).toContain(`(images/${name})`);
    const resources = [...svg.matchAll(/font-weight="bold"[^>]*>([^<]+)</g)].map(([, resource]) => resource.replaceAll('&#45;', '-'));
    expect(resources.length).toBeGreaterThan(8);
    expect(resources.filter((resource) => !page.includes(`| ${resource} |`))).toEqual([]);
  }
});

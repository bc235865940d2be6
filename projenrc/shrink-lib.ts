import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { transformSync } from 'esbuild';
import { filesIn } from './files';

/*
 * Makes the compiled constructs small, which every user downloads and each jsii package contains. Run after jsii; a second run has nothing to do.
 *
 * - As in aws-cdk-lib, the JavaScript has neither comments nor white space. Names stay, and the declarations keep the documentation.
 * - Declarations below private/ are not in the package. One of a public file, of an internal member, imports such a type.
 */
const LIB = resolve(__dirname, '..', 'lib');
const PRIVATE_IMPORT = /^import \{ (\w+) \} from '\.\/private\/[\w-]+';$/gm;

for (const path of filesIn(LIB)) {
  const text = readFileSync(path, 'utf8');
  const small = path.endsWith('.d.ts')
    ? text.replace(PRIVATE_IMPORT, 'type $1 = unknown;')
    : transformSync(text, { minifyWhitespace: true, target: 'node22', legalComments: 'none', charset: 'utf8' }).code;
  if (small !== text) writeFileSync(path, small);
}

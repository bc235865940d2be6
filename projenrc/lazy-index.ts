import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Makes the index of the compiled package load a file when one of its exports is used first, as the index of aws-cdk-lib does: an app pays at
 * its start only for what it uses. Run after jsii.
 */
const FILE = 'lib/index.js';
/** A line of a lazy index. */
const MARK = 'var _name;';
const REQUIRE = /^var (\w+) = require\("(\.\/[\w-]+)"\);$/;
const EXPORT = /^Object\.defineProperty\(exports, "(\w+)", \{ enumerable: true, get: function \(\) \{ return (\w+)\.(\w+); \} \}\);$/;
/** The first lines, with all names for ES modules, and the source map. */
const OTHER = /^("use strict";|Object\.defineProperty\(exports, "__esModule".*|exports\.\w+ = .*void 0;|\/\/# sourceMappingURL=.*|)$/;

/** @throws Error where the index has a line of another form */
function lazyIndex(index: string): string {
  const modules = new Map<string, string>();
  return index.split('\n').flatMap((line) => {
    const [, variable, path] = REQUIRE.exec(line) ?? [];
    if (variable) {
      modules.set(variable, path);
      return [];
    }
    const [, name, from, member] = EXPORT.exec(line) ?? [];
    if (name) return lazyExport(name, `require("${modules.get(from)}").${member}`);
    if (!OTHER.test(line)) throw new Error(`${FILE} must have lines that TypeScript writes for exports, got: ${line}; change projenrc/lazy-index.ts`);
    return line.startsWith('exports.') ? [line, MARK] : [line];
  }).join('\n');
}

/** The lexer of Node.js takes an export with a getter that it does not know for none: it must not see the name there. */
function lazyExport(name: string, value: string): string {
  const define = (property: string) => `Object.defineProperty(exports, (_name = "${name}"), { enumerable: true, configurable: true, ${property} })`;
  return `${define(`get: function () { var value = ${value}; ${define('value: value')}; return value; }`)};`;
}

const compiled = readFileSync(FILE, 'utf8');
// A second run has nothing to do, nor one after `shrink-lib`.
if (!compiled.includes(MARK)) writeFileSync(FILE, lazyIndex(compiled));

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

const PROVIDER = join(__dirname, '..', 'lambda', 'runtime', 'credential-provider.ts');

/**
 * Lambda gives a function its credentials in environment variables. The SDK's default provider also brings what reads profiles, calls STS and
 * SSO, and asks the metadata services: about a quarter of a bundle.
 */
export const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup({ onResolve }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({ path: PROVIDER }));
  },
};

/**
 * A client describes its whole API in constants. esbuild drops those that a bundle does not use, but keeps an object with a computed key: the
 * expression could have side effects. The keys are names of string constants of the same file, and are replaced by their values.
 */
export const droppableSchemas: Plugin = {
  name: 'droppable-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const values = new Map([...text.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]));
      return { contents: text.replace(/\[(\w+)\]:/g, (key, name: string) => (values.has(name) ? `${values.get(name)!}:` : key)), loader: 'js' };
    });
  },
};

/** A client reads its version from its package.json, which esbuild can only take whole. */
export const shortPackageInfo: Plugin = {
  name: 'short-package-info',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, ({ path }) => {
      const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly name: string; readonly version: string };
      return { contents: JSON.stringify({ name, version }), loader: 'json' };
    });
  },
};

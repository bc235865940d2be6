import eslint from '@eslint/js';
import stylistic from '@stylistic/eslint-plugin';
import cdk from 'eslint-plugin-awscdk';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** The code of the operator's tool, without its tests: those may import anything. */
const tool = ['./cli/*.ts', './cli/!(test)/**/*.ts'];

/** Which room may import what: a room that is not named in `from` is open to it. */
export const walls = [
  { target: './src', from: ['./lambda', './cli', './local', './examples', './bench', './test', './projenrc'] },
  { target: './src/contract.ts', from: ['./src'] },
  { target: './lambda', from: ['./src'], except: ['contract.ts'] },
  { target: './lambda/shared', from: ['./lambda'], except: ['shared'] },
  { target: './lambda/runtime', from: ['./lambda'], except: ['runtime', 'shared'] },
  { target: './lambda/hydrate', from: ['./lambda'], except: ['hydrate', 'runtime', 'shared'] },
  { target: './lambda/capture', from: ['./lambda'], except: ['capture', 'runtime', 'shared'] },
  { target: './lambda/redrive', from: ['./lambda'], except: ['redrive', 'runtime', 'shared'] },
  { target: tool, from: ['./src'], except: ['contract.ts'] },
  // The tool and the functions share the dead letter's format, the redrive rules and the audit entries, and nothing else.
  { target: tool, from: ['./lambda'], except: ['shared'] },
  { target: tool, from: ['./local', './examples', './bench', './test', './cli/test', './projenrc'] },
  { target: './lambda', from: ['./cli', './local', './examples', './bench', './test', './projenrc'] },
  // An example sees the package as a user does: by its name, which leads to src/index.ts.
  { target: './examples', from: ['./src'], except: ['index.ts'] },
  { target: './examples', from: ['./lambda', './cli', './local', './bench', './test', './projenrc'] },
];

export default tseslint.config(
  { ignores: ['lib/', 'dist/', 'assets/', 'cli/dist/', 'cdk.out/', 'coverage/', 'test/integ/*.snapshot/', '**/node_modules/', '**/*.d.ts', 'src/*-mapping-options.ts'] },
  eslint.configs.recommended,
  ...tseslint.configs.recommended,
  {
    plugins: { '@stylistic': stylistic, 'import-x': importX },
    rules: {
      '@stylistic/indent': ['error', 2, { SwitchCase: 1, ignoredNodes: ['TemplateLiteral *', 'TSUnionType', 'ConditionalExpression', 'ConditionalExpression *'] }],
      '@stylistic/quotes': ['error', 'single', { avoidEscape: true }],
      '@stylistic/semi': ['error', 'always'],
      '@stylistic/comma-dangle': ['error', 'always-multiline'],
      '@stylistic/max-len': ['error', { code: 150, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true }],
      '@stylistic/eol-last': 'error',
      '@stylistic/no-trailing-spaces': 'error',
      '@stylistic/no-multiple-empty-lines': ['error', { max: 1 }],
      '@stylistic/object-curly-spacing': ['error', 'always'],
      '@stylistic/keyword-spacing': 'error',
      '@stylistic/space-before-blocks': 'error',
      'import-x/order': ['error', { groups: ['builtin', ['external', 'internal'], 'parent', 'sibling'], alphabetize: { order: 'asc' }, pathGroups: [{ pattern: 'cdk-stream-dlq', group: 'external' }] }],
      'import-x/no-duplicates': 'error',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': ['error', { zones: walls }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
    },
    settings: {
      'import-x/resolver': { typescript: { project: 'tsconfig.dev.json' } },
      // Without it no-cycle does not follow imports of TypeScript files.
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: ['./tsconfig.dev.json', './projenrc/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/return-await': 'error',
      '@typescript-eslint/no-shadow': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-require-imports': 'error',
      // Used where the shape of an answer is known and the type is not: with a reason beside it.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.mjs', '**/*.js', '**/*.cjs'], languageOptions: { globals: nodeGlobals() }, rules: { '@typescript-eslint/no-require-imports': 'off' } },
  // Constructs: the CDK core team's own rules, all of them.
  { files: ['src/**/*.ts'], plugins: { awscdk: cdk }, rules: { ...cdkRules(cdk.configs.strict), 'no-console': 'error' } },
  {
    // Not part of the API: plain comments where they help.
    files: ['src/private/**/*.ts'],
    rules: { 'awscdk/require-jsdoc': 'off', 'awscdk/require-props-default-doc': 'off' },
  },
  { files: ['examples/**/*.ts'], plugins: { awscdk: cdk }, rules: cdkRules(cdk.configs.recommended) },
);

/** The rules of a ready configuration, without its parser settings. */
function cdkRules(config) {
  return Object.assign({}, ...[config].flat().map((part) => part.rules));
}

function nodeGlobals() {
  return Object.fromEntries(
    ['Buffer', 'console', 'process', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'URL', 'AbortController', 'require', 'module', '__dirname', 'performance', 'fetch', 'structuredClone'].map((name) => [name, 'readonly']),
  );
}

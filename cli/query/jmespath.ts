/** The package names its types for ES modules only. */
type Library = typeof import('@jmespath-community/jmespath', { with: { 'resolution-mode': 'import' } });

// eslint-disable-next-line @typescript-eslint/no-require-imports
export const { compile, TreeInterpreter } = require('@jmespath-community/jmespath') as Library;

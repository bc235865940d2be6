const oldest = require('../../jest.config.json');

const installed = '<rootDir>/test/newest-cdk/node_modules';

/** The tests of the constructs, with the newest CDK in place of the oldest, and with the feature flags of an app that `cdk init` makes. */
module.exports = {
  ...oldest,
  '//': undefined,
  'rootDir': '../..',
  'moduleNameMapper': {
    ...oldest.moduleNameMapper,
    '^(aws-cdk-lib|constructs|cdk-nag|cdk-nag-2)(/.*)?$': `${installed}/$1$2`,
  },
  'setupFiles': ['<rootDir>/test/newest-cdk/feature-flags.cjs'],
  'testMatch': ['<rootDir>/test/src/**/*.test.ts', '<rootDir>/test/pipeline/two-stacks.test.ts'],
};

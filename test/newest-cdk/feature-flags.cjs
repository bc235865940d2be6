const flags = require('./node_modules/aws-cdk-lib/recommended-feature-flags.json');

// As the CDK CLI hands the context of cdk.json to an app.
process.env.CDK_CONTEXT_JSON = JSON.stringify(flags);

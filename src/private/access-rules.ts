import { SynthMessage } from './rules';

/** A resource, a key or a role, with the statement to add where this app could not. */
export interface StatementFacts {
  readonly path: string;
  readonly statement: string;
}

export const RESOURCE_OF_OTHER_ACCOUNT: SynthMessage<StatementFacts & { readonly account: string }> = {
  id: 'resourceOfOtherAccount',
  level: 'warning',
  message: ({ path, account, statement }) =>
    `the policy of '${path}' should be one that this app can extend, got: a resource of account ${account}; to keep dead letters, add ` +
    `${statement} there, and acknowledge this warning`,
};

export const GRANT_WITHOUT_EFFECT: SynthMessage<StatementFacts> = {
  id: 'grantWithoutEffect',
  level: 'error',
  message: ({ path, statement }) =>
    `'${path}' must be a resource that this app can grant permissions on, got: one whose grants have no effect; to keep dead letters, ` +
    `pass one that grants ${statement}`,
};

export const KEY_WITHOUT_POLICY: SynthMessage<StatementFacts & { readonly service: string; readonly queues: string }> = {
  id: 'keyWithoutPolicy',
  level: 'warning',
  message: ({ path, service, queues, statement }) =>
    `the key of ${queues} should have a policy that this app can extend, got: an imported key, '${path}'; let ` +
    `${service} use it, or what it sends there is lost: add ${statement} there, and acknowledge this warning`,
};

export const LOG_GROUP_WITHOUT_KEY: SynthMessage<undefined> = {
  id: 'logGroupWithoutKey',
  level: 'info',
  message: () =>
    'the log group is encrypted with a key that CloudWatch Logs manages, got: an imported `encryptionKey`, whose policy this app cannot extend; ' +
    'pass `logGroup` to use a key there',
};

export const PROCESSOR_WITHOUT_ROLE: SynthMessage<StatementFacts> = {
  id: 'processorWithoutRole',
  level: 'warning',
  message: ({ path, statement }) =>
    `processor '${path}' must have a role that is allowed to send failure records, got: a function imported without its role; import it ` +
    `by Function.fromFunctionAttributes() with \`role\`, or allow this yourself: ${statement}`,
};

export const ROLE_WITHOUT_POLICY_UPDATES: SynthMessage<StatementFacts> = {
  id: 'roleWithoutPolicyUpdates',
  level: 'warning',
  message: ({ path, statement }) =>
    `the role of processor '${path}' must be allowed to send failure records, got: a role that this app cannot extend; allow this ` +
    `yourself: ${statement}`,
};

export const PROCESSOR_WITHOUT_QUEUE: SynthMessage<StatementFacts & { readonly policy: string }> = {
  id: 'processorWithoutQueue',
  level: 'warning',
  message: ({ path, policy, statement }) =>
    `processor '${path}' must be allowed to receive from its queue, got: ${policy}, which this app cannot extend; allow this there, and acknowledge ` +
    `this warning: ${statement}`,
};

export const REDRIVE_POLICY_NOT_KNOWN: SynthMessage<{ readonly path: string; readonly policy: string }> = {
  id: 'redrivePolicyNotKnown',
  level: 'warning',
  message: ({ path, policy }) =>
    `\`queue\` should be a queue of this app, got: an imported queue, '${path}', whose redrive policy and visibility timeout synth does not know; ` +
    `let its \`RedrivePolicy\` be ${policy}, its visibility timeout six times the timeout of the processor, plus \`maxBatchingWindow\`, and ` +
    'acknowledge this warning: without a redrive policy, a message that fails is tried until SQS deletes it',
};

export const CAPTURE_FUNCTION_WITHOUT_ROLE: SynthMessage<{ readonly path: string; readonly source: string }> = {
  id: 'captureFunctionWithoutRole',
  level: 'warning',
  message: ({ path, source }) =>
    `\`captureFunction\` must have a role that may read the sources, got: '${path}', imported with no role that this app can ` +
    `extend, for '${source}'; import it by Function.fromFunctionAttributes() with such a \`role\`, or let it read that stream in its own app, and ` +
    'acknowledge this warning: without that, dead letters have no records',
};

export const OPERATOR_WITHOUT_POLICY: SynthMessage<{ readonly grantee: string }> = {
  id: 'operatorWithoutPolicy',
  level: 'warning',
  message: ({ grantee }) =>
    `the operator should be a role, a user, a group or a policy of this app, got: ${grantee}, whose policies this app cannot extend; ` +
    'attach the policy that `npx stream-dlq policy` prints, or grant to a `ManagedPolicy` that you attach: the policies of queues, ' +
    'buckets and keys cannot allow everything, such as `lambda:InvokeFunction`',
};

export const OPERATOR_IN_EARLIER_STACK: SynthMessage<{ readonly operatorPath: string; readonly path: string }> = {
  id: 'operatorInEarlierStack',
  level: 'warning',
  message: ({ operatorPath, path }) =>
    'the operator should be in the stack of the resources that it works with, or in a stack that depends on it, got: ' +
    `'${operatorPath}' for '${path}'; define it there, and grant it there: it is allowed nothing on that resource`,
};

export const PERMISSION_NOT_GRANTED: SynthMessage<StatementFacts & { readonly grantee: string }> = {
  id: 'permissionNotGranted',
  level: 'warning',
  message: ({ path, grantee, statement }) =>
    `the policy of '${path}' should be one that this app can extend, got: a policy that it cannot extend, for ${grantee}; add this ` +
    `statement there: ${statement}`,
};

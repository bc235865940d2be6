import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { Asset, CAPTURE_PREFIX, OVERFLOW_PREFIX } from '../contract';

// Rules of the packs AwsSolutions and Serverless of cdk-nag that resources of this library do not follow, each with the reason, which is
// what an auditor reads. What other packs find is left to the user: docs/compliance.md.

/** A rule as it is acknowledged for cdk-nag 3. */
interface Acknowledged {
  readonly id: string;
  readonly reason: string;
}

/** A rule as cdk-nag 2 reads it from the metadata of a resource. */
interface Suppressed extends Acknowledged {
  readonly applies_to?: { readonly regex: string }[];
}

/** `Validations` of the CDK, from 2.257.0 on. */
interface Validations {
  of(scope: IConstruct): { acknowledge(...rules: Acknowledged[]): void };
}

const validations = (cdk as unknown as { readonly Validations?: Validations }).Validations;

const QUEUE_RULES = ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'];
const WILDCARDS = 'AwsSolutions-IAM5';

/** Children of a construct by their id, each with the rules that it does not follow. */
const CHILDREN: { readonly [id: string]: { readonly rules: readonly string[]; readonly reason: string } } = {
  Queue: {
    rules: QUEUE_RULES,
    reason: 'This queue is itself a dead-letter queue. A redrive policy would take dead letters away from the operators who look at them.',
  },
  UndeliverableQueue: {
    rules: QUEUE_RULES,
    reason: 'This queue keeps the events that could not become dead letters. It is the last stop: an operator empties it, no consumer does.',
  },
  ParkingQueue: {
    rules: QUEUE_RULES,
    reason: 'This queue keeps the dead letters that a redrive has given up on. It is the last stop: an operator empties it, no consumer does.',
  },
  IntakeMapping: {
    rules: ['Serverless-LambdaEventSourceMappingDestination'],
    reason: 'This mapping reads a queue, and Lambda sends failures of streams only to a destination. SQS moves messages that fail to the undeliverable queue.',
  },
  Mapping: {
    rules: ['Serverless-LambdaEventSourceMappingDestination'],
    reason: 'This mapping reads a queue, and Lambda sends failures of streams only to a destination. Messages that fail remain in the queue.',
  },
};

const OBJECTS = 'The policy allows objects in one folder of one bucket. The key of each object is made when a batch fails.';

/** A resource with a `*` at its end. */
interface Pattern {
  /** What is before the `*`, as a regular expression. */
  readonly end: string;
  readonly reason: string;
}

const DEAD_LETTERS: Pattern = { end: `/${OVERFLOW_PREFIX}([0-9a-f]{8}/)?`, reason: OBJECTS };
const FAILED_BATCHES: Pattern = { end: `/${CAPTURE_PREFIX}`, reason: OBJECTS };
const STREAMS_OF_TABLE: Pattern = {
  end: '/stream/',
  reason: 'The policy allows the streams of one table. DynamoDB names a stream by the time when it is enabled, and a former one can be read for a day.',
};

const ALL_RESOURCES: Pattern = {
  end: '^',
  reason: 'A function in a VPC manages network interfaces, and a traced function writes traces. AWS allows both on all resources only.',
};

/** What each function is allowed by a pattern. */
const PATTERNS: { readonly [asset: string]: readonly Pattern[] } = {
  [Asset.HYDRATE]: [DEAD_LETTERS, STREAMS_OF_TABLE],
  [Asset.CAPTURE_S3]: [FAILED_BATCHES],
  [Asset.REDRIVE]: [DEAD_LETTERS, FAILED_BATCHES],
};

const FAILED_EVENTS = 'The OnFailure destination of this function keeps events that fail in the undeliverable queue, as a dead-letter queue would.';

const FAILED_MESSAGES =
  'An event source mapping invokes this function, and a dead-letter queue of a function is for asynchronous events only. Messages that fail ' +
  'remain in the dead-letter queue.';

const FAILED_RECORDS =
  'An event source mapping invokes this function, and a dead-letter queue of a function is for asynchronous events only. SQS moves messages ' +
  'that fail to the undeliverable queue.';

/** Where each function leaves what it fails to handle. */
const FAILURES: { readonly [asset: string]: string } = {
  [Asset.HYDRATE]: FAILED_RECORDS,
  [Asset.CAPTURE_S3]: FAILED_EVENTS,
  [Asset.REDRIVE]: FAILED_MESSAGES,
};

/** The rules of queues and buckets that a construct defines. */
export function acknowledgeRulesOfChildren(construct: IConstruct): void {
  for (const [id, { rules, reason }] of Object.entries(CHILDREN)) acknowledge(construct.node.tryFindChild(id), rules, reason);
}

/** The rules of a bucket that is defined here. */
export function acknowledgeRulesOfBucket(bucket: IConstruct): void {
  acknowledge(
    bucket,
    ['AwsSolutions-S1'],
    'The bucket keeps dead letters for as long as the queues keep messages. Public access is blocked, and TLS is enforced. Server access ' +
      'logs need a bucket whose retention the owner of the account decides: for logs, pass your own bucket, or record data events in CloudTrail.',
  );
}

/** The rules of a function of this package. */
export function acknowledgeRulesOfFunction(fn: IConstruct, asset: string, isTraced: boolean): void {
  acknowledge(fn, ['Serverless-LambdaDLQ'], FAILURES[asset]);
  if (isTraced) return;
  acknowledge(
    fn,
    ['Serverless-LambdaTracing'],
    'This function runs after failures only, and logs the result of each dead letter. Tracing needs `xray:PutTraceSegments` on all resources.',
  );
}

/** The rules of the policy of a role that is defined here. */
export function acknowledgeRulesOfRole(role: iam.IRole, asset: string, usesAllResources: boolean): void {
  acknowledgePatterns(role.node.tryFindChild('DefaultPolicy'), [...PATTERNS[asset], ...(usesAllResources ? [ALL_RESOURCES] : [])]);
}

/**
 * The rules of a processor that is defined here; its memory, timeout, tracing and role are the user's.
 *
 * @param failures what happens to what fails, as a sentence
 */
export function acknowledgeRulesOfProcessor(processor: IConstruct, failures = 'Batches that fail become dead letters of the StreamDlq.'): void {
  acknowledge(
    processor,
    ['Serverless-LambdaDLQ'],
    `An event source mapping invokes this function, and a dead-letter queue of a function is for asynchronous events only. ${failures}`,
  );
}

/** The rules of a native dead-letter queue that is defined here. */
export function acknowledgeRulesOfDeadLetterQueue(queue: IConstruct): void {
  acknowledge(queue, QUEUE_RULES, CHILDREN.Queue.reason);
}

/** The rules of a mapping on a queue. */
export function acknowledgeRulesOfQueueMapping(mapping: IConstruct): void {
  acknowledge(mapping, CHILDREN.Mapping.rules, CHILDREN.Mapping.reason);
}

/** The rules of a stream that is defined here with no properties of the user. */
export function acknowledgeRulesOfStream(stream: IConstruct): void {
  acknowledge(
    stream,
    ['AwsSolutions-KDS3'],
    'The stream is encrypted with the key that AWS manages for Kinesis. For a key of your own, give `streamProps` with `encryptionKey`.',
  );
}

/** The rules of an idempotency table without point-in-time recovery. */
export function acknowledgeRulesOfIdempotencyTable(table: IConstruct): void {
  acknowledge(
    table,
    ['AwsSolutions-DDB3'],
    'The table says which records were processed, for a few weeks. An older state lacks those that were processed since, and a restore makes ' +
      'another table. For recovery, give `Idempotency.table()` with `pointInTimeRecovery`.',
  );
}

/** The policy that lets a processor write failed batches to a bucket. */
export function acknowledgeRulesOfWriter(policy: IConstruct): void {
  acknowledgePatterns(policy, [FAILED_BATCHES]);
}

/** Any other pattern is still found. */
function acknowledgePatterns(policy: IConstruct | undefined, patterns: readonly Pattern[]): void {
  const resource = resourceOf(policy);
  if (!policy || !resource) return;
  suppress(resource, ...patterns.map(({ end, reason }) => ({ id: WILDCARDS, applies_to: [{ regex: `/^Resource::${regexOf(end)}$/` }], reason })));
  // Only cdk-nag 3 reads the rest.
  if (!validations) return;
  // It takes no patterns, and grants come later: once nothing more does.
  policy.node.addValidation({
    validate: () => {
      const resources = new Set(resourcesIn(resource));
      for (const { end, reason } of patterns) {
        const found = [...resources].filter((arn) => new RegExp(`^${regexOf(end)}$`).test(arn));
        record(resource, ...found.map((arn) => ({ id: `${WILDCARDS}[Resource::${arn}]`, reason })));
      }
      return [];
    },
  });
}

/** Of a whole resource whose only `*` is the last character. */
function regexOf(end: string): string {
  return end === '^' ? '\\*' : `[^*]+${end}\\*`;
}

function acknowledge(construct: IConstruct | undefined, ids: readonly string[], reason: string): void {
  const resource = resourceOf(construct);
  if (!resource) return;
  const rules = ids.map((id) => ({ id, reason }));
  suppress(resource, ...rules);
  record(resource, ...rules);
}

function resourceOf(construct: IConstruct | undefined): cdk.CfnResource | undefined {
  const resource = construct?.node.defaultChild;
  return cdk.CfnResource.isCfnResource(resource) ? resource : undefined;
}

function record(resource: cdk.CfnResource, ...rules: Acknowledged[]): void {
  validations?.of(resource).acknowledge(...rules);
}

function suppress(resource: cdk.CfnResource, ...rules: Suppressed[]): void {
  const present = (resource.getMetadata('cdk_nag') as { rules_to_suppress?: Suppressed[] } | undefined)?.rules_to_suppress ?? [];
  resource.addMetadata('cdk_nag', { rules_to_suppress: [...present, ...rules] });
}

/** The resources of a policy as cdk-nag writes them. */
function resourcesIn(policy: cdk.CfnResource): string[] {
  const { Statement: statements = [] } = cdk.Stack.of(policy).resolve((policy as iam.CfnPolicy).policyDocument) ?? {};
  return (statements as { Resource?: unknown }[]).flatMap(({ Resource }) => [Resource].flat().map(flat));
}

function flat(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument]] = Object.entries(value);
  switch (name) {
    case 'Fn::Join': return (argument[1] as unknown[]).map(flat).join(argument[0]);
    // A template in YAML may have one string.
    case 'Fn::GetAtt': return `<${[argument].flat().join('.')}>`;
    case 'Fn::ImportValue': return flat(argument);
    case 'Ref': return `<${argument}>`;
    default: return JSON.stringify(value);
  }
}

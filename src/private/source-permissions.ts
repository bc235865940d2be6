import { AspectPriority, Aspects, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { CAPTURE_FUNCTION_WITHOUT_ROLE } from './access-rules';
import { DlqParts } from './dlq-parts';
import { checkGranted, takesPolicies } from './granted';
import { annotate } from './rules';
import { isOfStream, Mapping } from './source-of-mapping';
import { isImportedOrBeside } from './stack-references';
import { StreamKind } from './stream-kind';

/**
 * Lets a function read the sources of a `StreamDlq` again: by its own policy where it may refer to the stream, otherwise by a policy in the
 * stack of the mapping. That stack refers to the `StreamDlq` already, so a reference in the other direction would make a cycle.
 */
export function grantReadOfSources(parts: DlqParts, role: iam.IRole): void {
  const { dlq, sources, mappings } = parts;
  const deferred: StreamKind[] = [];
  let isLate = false;
  const readersOf = ({ streamArn }: StreamKind) => mappings.entries.filter((it) => isOfStream(it, streamArn));
  const grantLate = (kind: StreamKind) => {
    deferred.splice(deferred.indexOf(kind), 1);
    grantWhereRead(parts, kind, readersOf(kind), role);
  };
  sources.each((kind) => {
    if (parts.isOfOtherApp || isImportedOrBeside(kind.construct, dlq)) grantHere(parts, kind, role);
    else {
      deferred.push(kind);
      if (isLate && readersOf(kind).length > 0) grantLate(kind);
    }
  });
  Aspects.of(dlq).add(
    {
      visit: (node) => {
        if (node !== dlq) return;
        for (const kind of deferred.splice(0)) grantWhereRead(parts, kind, readersOf(kind), role);
        // An aspect of the app may still add a source, and attach a mapping after it.
        mappings.each((mapping) => {
          for (const kind of deferred.filter((it) => isOfStream(mapping, it.streamArn))) grantLate(kind);
        });
        isLate = true;
      },
    },
    // Once all mappings are defined.
    { priority: AspectPriority.MUTATING },
  );
}

function grantHere({ dlq, isOfOtherApp, captures }: DlqParts, kind: StreamKind, role: iam.IRole): void {
  const granted = kind.grantRead(role);
  checkGranted(dlq, role, ...granted);
  // Unlike the role of a function of this app, that of an imported one may take no policies.
  if (!isOfOtherApp || granted.every(({ grant }) => takesPolicies(role, grant))) return;
  annotate(dlq, CAPTURE_FUNCTION_WITHOUT_ROLE, { path: captures[0].function.node.path, source: kind.construct.node.path });
}

function grantWhereRead({ dlq }: DlqParts, kind: StreamKind, readers: readonly Mapping[], role: iam.IRole): void {
  if (readers.length === 0 || readers.some((it) => Stack.of(it) === Stack.of(dlq))) {
    checkGranted(dlq, role, ...kind.grantRead(role));
    return;
  }
  const policies = new Map<Stack, iam.Policy>();
  for (const mapping of readers) {
    const stack = Stack.of(mapping);
    const policy = policies.get(stack) ?? policyBeside(mapping, kind, role);
    policies.set(stack, policy);
    mapping.node.addDependency(policy);
  }
}

function policyBeside(mapping: IConstruct, kind: StreamKind, role: iam.IRole): iam.Policy {
  const policy = new iam.Policy(mapping, 'HydratePolicy', { roles: [role], document: new iam.PolicyDocument({ minimize: true }) });
  kind.grantRead(policy);
  return policy;
}

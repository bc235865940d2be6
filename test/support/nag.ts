import * as cdk from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { IConstruct } from 'constructs';

/** What a pack of cdk-nag has found: the rule, and the path of the resource. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
}

/** A pack of either version: one is an aspect, the other has a report. */
interface Pack extends cdk.IAspect {
  validateScope(scope: IConstruct): { violations: { ruleName: string; violatingResources: { constructPath: string }[] }[] };
}

interface Nag {
  readonly [pack: `${string}Checks`]: new () => Pack;
  readonly NagSuppressions?: { addResourceSuppressions(construct: IConstruct, rules: object[], applyToChildren: boolean): void };
}

/** cdk-nag 3 is for apps whose CDK has this. */
export const { Validations } = cdk as unknown as {
  readonly Validations?: { of(scope: IConstruct): { acknowledge(...rules: { id: string; reason: string }[]): void } };
};

/** The packages that are installed for this version of the CDK. */
export const NAGS = Validations ? ['cdk-nag', 'cdk-nag-2'] : ['cdk-nag'];

/** By its name, which the CDK that is tested with decides. */
export const loadNag = (name: string): Nag => jest.requireActual<Nag>(name);

export function findingsOf(nagName: string, packName: string, stack: cdk.Stack): Finding[] {
  const pack = new (loadNag(nagName)[`${packName}Checks`])();
  const app = stack.node.root as cdk.App;
  if ('validateScope' in pack) {
    // What is acknowledged once nothing more is granted is there after synthesis.
    app.synth();
    return pack.validateScope(app).violations.flatMap(({ ruleName, violatingResources }) => (
      violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath }))
    ));
  }
  cdk.Aspects.of(app).add(pack);
  const annotations = Annotations.fromStack(stack);
  const anything = Match.anyValue();
  return [...annotations.findWarning('*', anything), ...annotations.findError('*', anything)].flatMap(({ id, entry }) => {
    const rule = /^((?:AwsSolutions|Serverless|NIST|HIPAA|PCI)[^:[]*(?:\[.*?\])?):/.exec(String(entry.data))?.[1];
    return rule ? [{ rule, path: id.slice(1) }] : [];
  });
}

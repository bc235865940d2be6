import * as cdk from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** What a pack of cdk-nag has found: the rule, and the path of the resource. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
}

interface Logger {
  onCompliance(): void;
  onNonCompliance(data: { readonly ruleId: string; readonly findingId: string; readonly resource: IConstruct }): void;
  onSuppressed(): void;
  /** A rule that throws is no rule that passes. */
  onError(data: { readonly ruleId: string; readonly resource: IConstruct }): void;
  onSuppressedError(): void;
  onNotApplicable(): void;
}

/** A pack of either version: one is an aspect, the other has a report. */
interface Pack extends cdk.IAspect {
  validateScope?(scope: IConstruct): { violations: { ruleName: string; violatingResources: { constructPath: string }[] }[] };
}

interface Nag {
  readonly [pack: `${string}Checks`]: new (options: { reports: boolean; additionalLoggers: Logger[] }) => Pack;
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
  const found: Finding[] = [];
  const nothing = () => undefined;
  const logger: Logger = {
    onCompliance: nothing, onSuppressed: nothing, onSuppressedError: nothing, onNotApplicable: nothing,
    onError: ({ ruleId, resource }) => {
      found.push({ rule: `${ruleId} failed`, path: resource.node.path });
    },
    onNonCompliance: ({ ruleId, findingId, resource }) => {
      found.push({ rule: findingId ? `${ruleId}[${findingId}]` : ruleId, path: resource.node.path });
    },
  };
  const pack = new (loadNag(nagName)[`${packName}Checks`])({ reports: false, additionalLoggers: [logger] });
  const app = stack.node.root as cdk.App;
  if (pack.validateScope) {
    // What is acknowledged once nothing more is granted is there after synthesis.
    app.synth();
    return pack.validateScope(app).violations.flatMap(({ ruleName, violatingResources }) => (
      violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath }))
    ));
  }
  // Without synthesis: a finding is an error, which newer versions of the CDK stop at.
  for (const construct of app.node.findAll()) pack.visit(construct);
  return found;
}

import { Annotations, AspectPriority, Aspects } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** What synth says about a construct. A warning is acknowledged by `cdk-stream-dlq:<id>`; an error stops synth. */
export interface SynthMessage<Facts> {
  readonly id: string;
  readonly level: 'info' | 'warning' | 'error';
  message(facts: Facts): string;
}

/** A message about each construct whose facts meet a condition. */
export interface Rule<Facts> extends SynthMessage<Facts> {
  readonly level: 'warning' | 'error';
  condition(facts: Facts): boolean;
}

/** Adds a message that applies to a construct, where the code that finds the facts has checked them. */
export function annotate<Facts>(construct: IConstruct, { id, level, message }: SynthMessage<Facts>, facts: Facts): void {
  const annotations = Annotations.of(construct);
  switch (level) {
    case 'info': return annotations.addInfoV2(`cdk-stream-dlq:${id}`, message(facts));
    case 'warning': return annotations.addWarningV2(`cdk-stream-dlq:${id}`, message(facts));
    case 'error': return annotations.addError(message(facts));
  }
}

/** Checks a construct against rules at synth, once the app is defined. A construct may have several facts of a kind, or none. */
export function checkAtSynth<Facts>(construct: IConstruct, rules: readonly Rule<Facts>[], factsOf: () => readonly Facts[]): void {
  const [warnings, errors] = (['warning', 'error'] as const).map((level) => rules.filter((rule) => rule.level === level));
  if (warnings.length > 0) {
    afterAspects(construct, () => {
      for (const facts of factsOf()) for (const rule of broken(warnings, facts)) annotate(construct, rule, facts);
    });
  }
  if (errors.length > 0) {
    construct.node.addValidation({
      validate: () => factsOf().flatMap((facts) => broken(errors, facts).map(({ message }) => message(facts))),
    });
  }
}

/** What the aspect of each construct does. */
const actions = new WeakMap<IConstruct, (() => void)[]>();

/** Does something at synth after all other aspects: they may still change what is checked. One aspect for all: the CDK calls it for each child. */
export function afterAspects(construct: IConstruct, action: () => void): void {
  const present = actions.get(construct);
  if (present) {
    present.push(action);
    return;
  }
  const all = [action];
  actions.set(construct, all);
  Aspects.of(construct).add(
    {
      visit: (node) => {
        // Without the CDK's `aspectStabilization`, aspects of a resource run after those of its parent.
        if (node !== (construct.node.defaultChild ?? construct)) return;
        // What is added from here on needs another aspect: the CDK calls this one once.
        actions.delete(construct);
        for (const each of all) each();
      },
    },
    { priority: AspectPriority.READONLY },
  );
}

function broken<Facts>(rules: readonly Rule<Facts>[], facts: Facts): Rule<Facts>[] {
  return rules.filter((rule) => rule.condition(facts));
}

import { isObject } from '../json';
import { getAttTarget, intrinsicCall, type Intrinsics, replacePlaceholders } from './intrinsics';
import type { Template, TemplateResource } from './template';

/** Logical ids in the order to create them: what a resource refers to comes first, otherwise the template's own order holds. */
export function creationOrder(template: Template, intrinsics: Intrinsics, present: ReadonlySet<string>): string[] {
  const order: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (logicalId: string) => {
    if (done.has(logicalId)) return;
    const start = path.indexOf(logicalId);
    if (start >= 0) {
      throw new Error(`circular dependency between resources: ${[...path.slice(start), logicalId].join(' -> ')}`);
    }
    path.push(logicalId);
    for (const dependency of dependencies(logicalId, template, intrinsics, present)) visit(dependency);
    path.pop();
    done.add(logicalId);
    order.push(logicalId);
  };
  for (const logicalId of present) visit(logicalId);
  return order;
}

function dependencies(
  logicalId: string,
  template: Template,
  intrinsics: Intrinsics,
  present: ReadonlySet<string>,
): Set<string> {
  const resource = template.Resources[logicalId];
  const label = `resource ${logicalId} (${resource.Type})`;
  const found = new Set<string>();
  for (const name of references(resource.Properties, intrinsics)) {
    if (present.has(name)) {
      found.add(name);
    } else if (name in template.Resources) {
      const { Condition: condition } = template.Resources[name];
      throw new Error(`${label} refers to ${name}, which condition ${condition} leaves out of the stack`);
    }
  }
  for (const name of dependsOn(resource)) {
    if (!(name in template.Resources)) throw new Error(`${label} has DependsOn ${name}, which is not in the template`);
    // As in CloudFormation, waiting for a resource that its condition leaves out is no wait.
    if (present.has(name)) found.add(name);
  }
  return found;
}

function dependsOn(resource: TemplateResource): readonly string[] {
  const value = resource.DependsOn ?? [];
  return typeof value === 'string' ? [value] : value;
}

/** Every name that a value refers to, parameters and pseudo parameters included. */
function* references(value: unknown, intrinsics: Intrinsics): Generator<string> {
  if (Array.isArray(value)) {
    for (const item of value) yield* references(item, intrinsics);
    return;
  }
  if (!isObject(value)) return;
  const call = intrinsicCall(value);
  if (call?.name === 'Ref') {
    yield String(call.argument);
  } else if (call?.name === 'Fn::GetAtt') {
    const { logicalId, attribute } = getAttTarget(call.argument);
    yield logicalId;
    yield* references(attribute, intrinsics);
  } else if (call?.name === 'Fn::If') {
    yield* references(intrinsics.branch(call.argument), intrinsics);
  } else if (call?.name === 'Fn::Sub') {
    yield* subReferences(call.argument, intrinsics);
  } else {
    for (const item of Object.values(value)) yield* references(item, intrinsics);
  }
}

function* subReferences(argument: unknown, intrinsics: Intrinsics): Generator<string> {
  const [text, variables] = Array.isArray(argument) ? argument as unknown[] : [argument, {}];
  const names: string[] = [];
  replacePlaceholders(String(text), (name) => {
    names.push(name.split('.')[0]);
    return '';
  });
  const own = isObject(variables) ? variables : {};
  yield* names.filter((name) => !Object.hasOwn(own, name));
  yield* references(own, intrinsics);
}

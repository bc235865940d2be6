import type { Account } from '../account';
import type { Template, TemplateParameter } from './template';

/** Values of a template's parameters: those given, then defaults. */
export function parameterValues(template: Template, given: Readonly<Record<string, string>>): Map<string, unknown> {
  const declared = template.Parameters ?? {};
  for (const name of Object.keys(given)) {
    if (!(name in declared)) {
      throw new Error(`parameter ${name} is not in the template, which has: ${Object.keys(declared).join(', ') || 'none'}`);
    }
  }
  const values = new Map<string, unknown>();
  for (const [name, parameter] of Object.entries(declared)) {
    // Its default is the name of an SSM parameter, which nothing here holds: only an explicit value can stand for it.
    if (parameter.Type.startsWith('AWS::SSM::') && !(name in given)) continue;
    const value = given[name] ?? parameter.Default;
    if (value === undefined) throw new Error(`parameter ${name} has no default and got no value`);
    values.set(name, checked(name, parameter, String(value)));
  }
  return values;
}

function checked(name: string, parameter: TemplateParameter, value: string): string | string[] {
  const { AllowedValues: allowed, AllowedPattern: pattern, Type: type } = parameter;
  if (allowed && !allowed.map(String).includes(value)) {
    throw new Error(`parameter ${name} must be one of ${allowed.join(', ')}, got: ${value}`);
  }
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value)) {
    throw new Error(`parameter ${name} must match ${pattern}, got: ${value}`);
  }
  if (type === 'Number' && (value.trim() === '' || !Number.isFinite(Number(value)))) {
    throw new Error(`parameter ${name} must be a number, got: ${value}`);
  }
  return type === 'CommaDelimitedList' || type.startsWith('List<') ? value.split(',').map((item) => item.trim()) : value;
}

export function pseudoParameters(account: Account, stackName: string, stackId: string): Map<string, unknown> {
  return new Map<string, unknown>([
    ['AWS::AccountId', account.accountId],
    ['AWS::Region', account.region],
    ['AWS::Partition', account.partition],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::StackName', stackName],
    ['AWS::StackId', stackId],
    ['AWS::NotificationARNs', []],
  ]);
}

/** A synthesized CloudFormation template, as far as the deployer reads it. */
export interface Template {
  readonly Resources: Record<string, TemplateResource>;
  readonly Parameters?: Record<string, TemplateParameter>;
  readonly Conditions?: Record<string, unknown>;
  readonly Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  readonly Outputs?: Record<string, TemplateOutput>;
  readonly Transform?: string | readonly string[];
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface TemplateParameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly AllowedPattern?: string;
}

export interface TemplateOutput {
  readonly Value: unknown;
  readonly Condition?: string;
  readonly Export?: { readonly Name: unknown };
}

/** `Rules` is understood and left alone: CDK's only rule asks for a bootstrapped account. */
const sections = new Set([
  'AWSTemplateFormatVersion', 'Description', 'Metadata', 'Parameters', 'Mappings', 'Conditions', 'Resources', 'Outputs',
  'Rules', 'Transform',
]);
const resourceKeys = new Set([
  'Type', 'Properties', 'DependsOn', 'Condition', 'DeletionPolicy', 'UpdateReplacePolicy', 'Metadata',
]);
const policies = { DeletionPolicy: ['Delete', 'Retain', 'RetainExceptOnCreate'], UpdateReplacePolicy: ['Delete', 'Retain'] };

/** What the CDK adds for `Fn::Length`, `Fn::ToJsonString` and the default of `Fn::FindInMap`. */
export const LANGUAGE_EXTENSIONS = 'AWS::LanguageExtensions';

/** Type of the resource that CDK adds for its usage statistics: it stands for nothing in the account. */
export const CDK_METADATA = 'AWS::CDK::Metadata';

export function asTemplate(value: object): Template {
  for (const section of Object.keys(value)) {
    if (!sections.has(section)) {
      throw new Error(`template section ${section} is not emulated, only: ${[...sections].join(', ')}`);
    }
  }
  checkTransform((value as Partial<Template>).Transform);
  const { Resources: resources } = value as Partial<Template>;
  if (!resources || Object.keys(resources).length === 0) {
    throw new Error('a template needs at least one resource under Resources');
  }
  for (const [logicalId, resource] of Object.entries(resources)) checkResource(logicalId, resource);
  return value as Template;
}

/** `AWS::LanguageExtensions` only enables intrinsic functions, which are resolved here as all are; a macro would change the template. */
function checkTransform(transform: Template['Transform']): void {
  const other = [transform ?? []].flat().find((name) => name !== LANGUAGE_EXTENSIONS);
  if (other !== undefined) throw new Error(`template transform ${JSON.stringify(other)} is not emulated, only: ${LANGUAGE_EXTENSIONS}`);
}

function checkResource(logicalId: string, resource: TemplateResource): void {
  if (typeof resource.Type !== 'string') throw new Error(`resource ${logicalId} has no Type`);
  for (const key of Object.keys(resource)) {
    if (!resourceKeys.has(key)) {
      throw new Error(`resource ${logicalId} (${resource.Type}): resource attribute ${key} is not emulated`);
    }
  }
  for (const name of ['DeletionPolicy', 'UpdateReplacePolicy'] as const) {
    const policy = resource[name];
    const allowed = policies[name];
    if (policy !== undefined && !allowed.includes(policy)) {
      throw new Error(`resource ${logicalId} (${resource.Type}): ${name} must be one of ${allowed.join(', ')}, got: ${policy}`);
    }
  }
}

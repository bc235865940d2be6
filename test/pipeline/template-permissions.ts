import type { Template } from './pipeline';

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** The statements of a role, each for one resource: the template may have one for several. */
function statementsOf(template: Template, role: string): Statement[] {
  return Object.values(template.Resources).flatMap(({ Type, Properties }) => {
    if (Type !== 'AWS::IAM::Policy' || !JSON.stringify(Properties.Roles).includes(role)) return [];
    const document = Properties.PolicyDocument as { Statement: Statement[] };
    document.Statement = document.Statement.flatMap((statement) => [statement.Resource].flat().map((Resource) => ({ ...statement, Resource })));
    return document.Statement;
  });
}

function actions({ Action }: Statement): string[] {
  return [Action].flat();
}

/** `action on resource`, the resource by the start of its logical id. */
export function permissions(template: Template, role: string): string[] {
  return statementsOf(template, role).flatMap((statement) =>
    actions(statement).map((action) => `${action} on ${resourceName(statement)}`),
  );
}

function resourceName({ Resource }: Statement): string {
  const names = /OperatorLog|(Stream|Queue|Bucket)Key|(Undeliverable|Intake)Queue|OverflowBucket|Bucket|Queue|LogGroup|Stream(?!Dlq)|Topic|Table/;
  const name = names.exec(JSON.stringify(Resource));
  return name?.[0] ?? JSON.stringify(Resource);
}

/** Takes one permission out of a role's policy. */
export function revoke(template: Template, role: string, permission: string): void {
  const [action, resource] = permission.split(' on ');
  for (const statement of statementsOf(template, role) as { Action: string | string[] }[]) {
    if (resourceName(statement as Statement) === resource && actions(statement as Statement).includes(action)) {
      // An action that allows nothing: a statement must not be without one.
      statement.Action = [...actions(statement as Statement).filter((it) => it !== action), 'sts:GetCallerIdentity'];
    }
  }
}

/** Takes all resources of some types away: what a permission or policy of theirs allowed is allowed no more. */
export function withoutAll(...types: readonly string[]): (template: Template) => void {
  return ({ Resources }) => {
    for (const [id, { Type }] of Object.entries(Resources)) if (types.includes(Type)) delete Resources[id];
    for (const resource of Object.values(Resources) as { DependsOn?: string[] }[]) {
      resource.DependsOn = resource.DependsOn?.filter((id) => id in Resources);
    }
  };
}

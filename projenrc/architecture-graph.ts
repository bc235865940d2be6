import { ResourceTag } from '../src/contract';
import { ALARM_NAMES } from '../src/private/alarm-kinds';

/* The resources of a template that data passes through, and the ways between them, as a graph in the language of Graphviz. */

export interface TemplateResource {
  readonly Type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any JSON of a template
  readonly Properties?: any;
}
type Resources = Readonly<Record<string, TemplateResource>>;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

/** What is drawn, and in which color. */
const COLORS: Readonly<Record<string, string>> = {
  'AWS::Kinesis::Stream': '#e9e1fb',
  'AWS::Lambda::EventSourceMapping': '#ffffff',
  'AWS::Lambda::Function': '#fde8d3',
  'AWS::SNS::Topic': '#fbdfe9',
  'AWS::SQS::Queue': '#fbdfe9',
  'AWS::S3::Bucket': '#dcefd5',
  'AWS::Events::Rule': '#fbdfe9',
};

/** What a function of this library does with a resource that its environment names. */
const OF_ENVIRONMENT: Readonly<Record<string, string>> = {
  QUEUE_URL: 'dead letters',
  UNDELIVERABLE_QUEUE_URL: 'what cannot be\na dead letter',
  OVERFLOW_BUCKET: 'dead letters over\nthe queue\'s limit',
  CAPTURE_BUCKET: 'reads the object',
  PARKING_QUEUE_URL: 'dead letters that\nfailed again',
};

/** What a function of this library does with a resource that its role allows this for. */
const OF_ACTION: Readonly<Record<string, string>> = {
  'kinesis:GetRecords': 'reads the range\nagain',
  'lambda:InvokeFunction': 'the same event again',
};

/** Logical ids of the resources that a value refers to. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('Ref' in value) return [value.Ref as string];
  if ('Fn::GetAtt' in value) return [(value['Fn::GetAtt'] as string[])[0]];
  return Object.values(value).flatMap(referencesIn);
}

/** From the logical id, which ends with a hash: the construct's own name, in words. */
function nameOf(id: string, { Type, Properties }: TemplateResource): string {
  const role = roleOf(Properties);
  if (role) return `${role} function`;
  if (Type === 'AWS::Lambda::EventSourceMapping') return id.startsWith('Redrive') ? 'redrive mapping' : id.includes('IntakeMapping') ? 'intake mapping' : 'mapping';
  if (Type === 'AWS::Lambda::Function') return 'processor';
  const words = id.replace(/[0-9A-F]{8}$/, '').replace(/^(Orders|Redrive|StreamDlq)/, '').replace(/^DlqQueue/, 'DeadLetterQueue').replace(/^Dlq/, '');
  return words.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase().replace('dead letter', 'dead-letter');
}

/** What a function of this library does, by its tag. */
function roleOf(properties: { Tags?: { Key: string; Value: string }[] } | undefined): string | undefined {
  return properties?.Tags?.find(({ Key }) => Key === ResourceTag.ROLE)?.Value;
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** What the policies of a template allow a role. */
function statementsOf(role: unknown, resources: Resources): Statement[] {
  const isOfRole = (roles: unknown) => referencesIn(roles).some((it) => referencesIn(role).includes(it));
  return Object.values(resources).filter(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && isOfRole(Properties.Roles))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
}

/** Whether data goes to the resource, or comes from it, by these actions: receiving is drawn as a mapping. */
const isSent = (actions: Statement['Action']) => [actions].flat().some((it) => ['sqs:SendMessage', 's3:PutObject', 's3:GetObject'].includes(it));

function edgesOf(id: string, { Type, Properties: it }: TemplateResource, resources: Resources): Edge[] {
  const to = (value: unknown, text?: string, from = id) => referencesIn(value).map((target): Edge => ({ from, to: target, label: text }));
  switch (Type) {
    case 'AWS::Lambda::EventSourceMapping':
      return [
        ...referencesIn(it.EventSourceArn).map((source): Edge => ({ from: source, to: id })),
        ...to(it.FunctionName),
        ...to(it.DestinationConfig?.OnFailure.Destination, 'failure record'),
      ];
    case 'AWS::SNS::Subscription':
      return [
        ...to(it.Endpoint, undefined, referencesIn(it.TopicArn)[0]),
        ...to(it.RedrivePolicy, 'what cannot be\ndelivered', referencesIn(it.TopicArn)[0]),
      ];
    case 'AWS::SQS::Queue':
      return to(it?.RedrivePolicy, 'what failed in\nall receives');
    case 'AWS::Events::Rule':
      return [
        ...referencesIn(it.EventPattern).map((source): Edge => ({ from: source, to: id, label: 'S3 event notification' })),
        ...to(it.Targets.map(({ Arn }: { Arn: unknown }) => Arn)),
        ...to(it.Targets.map(({ DeadLetterConfig }: { DeadLetterConfig?: unknown }) => DeadLetterConfig), 'what cannot be\ndelivered'),
      ];
    case 'AWS::Lambda::Function': {
      if (!roleOf(it)) return [];
      const allowed = statementsOf(it.Role, resources);
      return [
        // The environment also names what only the operator's tool uses.
        ...Object.entries(OF_ENVIRONMENT).flatMap(([name, text]) => to(it.Environment.Variables[name], text))
          .filter(({ to: target }) => allowed.some(({ Action, Resource }) => isSent(Action) && referencesIn(Resource).includes(target))),
        ...allowed.flatMap(({ Action, Resource }) =>
          Object.entries(OF_ACTION).filter(([action]) => [Action].flat().includes(action)).flatMap(([, text]) => to(Resource, text))),
      ];
    }
    default:
      return [];
  }
}

/** The alarms of a template by what they watch. */
function alarmsOf(resources: Resources): Map<string, string[]> {
  const alarms = new Map<string, string[]>();
  // The longest that fits: `parkedDeadLetters`, not `deadLetters`.
  const byLength = [...ALARM_NAMES].sort((a, b) => b.length - a.length);
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (Type !== 'AWS::CloudWatch::Alarm') continue;
    const name = byLength.find((it) => id.includes(`${it[0].toUpperCase()}${it.slice(1)}Alarm`))!;
    for (const watched of new Set(referencesIn([Properties.Dimensions, Properties.Metrics]))) {
      alarms.set(watched, [...alarms.get(watched) ?? [], name]);
    }
  }
  return alarms;
}

/** Room for fonts that are wider than Arial. */
const padded = (text: string) => text.split('\n').map((line) => `  ${line}  `).join('\n');

function label(name: string, type: string, alarms: readonly string[]): string {
  const lines = alarms.map((alarm) => `<br/><font point-size="9" color="#b3261e">alarm: ${alarm}</font>`);
  return `<<b>${name}</b><br/><font point-size="9" color="#555555">${type}</font>${lines.join('')}>`;
}

export function graphOf(resources: Resources): string {
  const drawn = Object.entries(resources).filter(([, { Type }]) => Type in COLORS);
  const alarms = alarmsOf(resources);
  const nodes = drawn.map(([id, resource]) =>
    `"${id}" [label=${label(nameOf(id, resource), resource.Type, alarms.get(id) ?? [])}, fillcolor="${COLORS[resource.Type]}"]`);
  const edges = new Set(Object.entries(resources).flatMap(([id, resource]) => edgesOf(id, resource, resources))
    .filter(({ from, to }) => drawn.some(([id]) => id === from) && drawn.some(([id]) => id === to))
    .map(({ from, to, label: text = '' }) => {
      // Ways back to where the data came from do not decide the layout.
      const constraint = !Object.values(OF_ACTION).includes(text);
      return `"${from}" -> "${to}" [label=${JSON.stringify(padded(text))}, constraint=${constraint}]`;
    }));
  return [
    'digraph {',
    'graph [rankdir=TB, bgcolor="white", fontname="Arial", nodesep=0.5, ranksep=0.45, pad=0.3]',
    'node [shape=box, style="rounded,filled", color="#555555", fontname="Arial", fontsize=12, margin="0.25,0.1"]',
    'edge [color="#555555", fontname="Arial", fontsize=9, fontcolor="#333333"]',
    ...nodes,
    ...edges,
    '}',
  ].join('\n');
}

import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/** A condition or a result of the rules: how it is built is the SDK's. */
type Expression = readonly unknown[];

interface Rules {
  /** Three numbers for each node: its condition, and where to go if that is true or false. */
  readonly nodes: Int32Array;
  readonly root: number;
  readonly conditions: readonly Expression[];
  readonly results: readonly Expression[];
}

/** From here on, a place in the rules is a result. */
const RESULT = 100_000_000;

/** What no function does: parameters that it never sets, and names that no bucket of it has. */
const NEVER = [
  // Kinesis: each call names its stream by ARN, and none is of an account or of a channel.
  /^\["isSet",\[\{"ref":"(StreamId|ConsumerARN|ResourceARN|ChannelARN)"\}\]\]$/,
  // S3: buckets of CloudFormation have names, no ARNs.
  /^\["aws\.parseArn",\[\{"ref":"Bucket"\}\],/,
  /"(Accelerate|UseObjectLambdaEndpoint|UseS3ExpressControlEndpoint)"\},true\]\]$/,
  // Directory buckets and aliases of outposts.
  /"--(x-s3|xa-s3|op-s3)"\]\]$/,
];

/** The rules without what lies behind a condition that is never true: a binary decision diagram, of which a negative place is the complement. */
export function prunedRules({ nodes, root, conditions, results }: Rules): Rules {
  const isNever = conditions.map((it) => NEVER.some((pattern) => pattern.test(JSON.stringify(it))));
  /** Where a place leads to, past conditions that are never true. */
  const target = (place: number): number => {
    let at = place;
    while (Math.abs(at) !== 1 && Math.abs(at) < RESULT && isNever[nodes[3 * (Math.abs(at) - 1)]]) {
      const node = 3 * (Math.abs(at) - 1);
      at = at >= 0 ? nodes[node + 2] : nodes[node + 1];
    }
    return at;
  };
  const kept = { nodes: new Map<number, number>(), conditions: new Map<number, number>(), results: new Map<number, number>() };
  const numberOf = (map: Map<number, number>, key: number) => map.get(key) ?? map.set(key, map.size).get(key)!;
  // The place of the first node is the end of all rules.
  numberOf(kept.nodes, 0);
  const made: number[] = [...nodes.subarray(0, 3)];
  const visit = (place: number): number => {
    const to = target(place);
    if (Math.abs(to) >= RESULT) return RESULT + numberOf(kept.results, to - RESULT);
    if (Math.abs(to) === 1) return to;
    const old = Math.abs(to) - 1;
    let index = kept.nodes.get(old);
    if (index === undefined) {
      index = numberOf(kept.nodes, old);
      const [condition, high, low] = nodes.subarray(3 * old, 3 * old + 3);
      made.splice(3 * index, 3, numberOf(kept.conditions, condition), 0, 0);
      made[3 * index + 1] = visit(high);
      made[3 * index + 2] = visit(low);
    }
    return Math.sign(to) * (index + 1);
  };
  const newRoot = visit(root);
  const of = (all: readonly Expression[], map: ReadonlyMap<number, number>) => [...map.keys()].map((index) => all[index]);
  return { nodes: new Int32Array(made), root: newRoot, conditions: of(conditions, kept.conditions), results: of(results, kept.results) };
}

/** The rules of a client of the SDK. */
export function rulesIn(text: string): Rules {
  const code = text.replace(/^import .*$/gm, '').replace(/^export const bdd = BinaryDecisionDiagram\.from\((.*)\);$/m, 'return [$1];');
  const [nodes, root, conditions, results] = new Function(code)() as [Int32Array, number, Expression[], Expression[]];
  return { nodes, root, conditions, results };
}

/** The code of a list of values in which equal parts are one constant: `{ref:"Region"}` is in every second condition. */
export function sharedCode(lists: readonly (readonly unknown[])[]): { readonly constants: string; readonly lists: readonly string[] } {
  /** Of each part: how often other parts, each counted once, contain it. */
  const uses = new Map<string, number>();
  const count = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    const text = JSON.stringify(part);
    uses.set(text, (uses.get(text) ?? 0) + 1);
    if (uses.get(text) === 1) Object.values(part).forEach(count);
  };
  lists.forEach((list) => list.forEach(count));
  const names = new Map<string, string>();
  const constants: string[] = [];
  const codeOf = (part: unknown): string => {
    const text = JSON.stringify(part);
    if (typeof part !== 'object' || part === null) return text;
    const name = names.get(text);
    if (name) return name;
    const code = Array.isArray(part)
      ? `[${part.map(codeOf).join()}]`
      : `{${Object.entries(part).map(([key, value]) => `${JSON.stringify(key)}:${codeOf(value)}`).join()}}`;
    if (uses.get(text)! < 2) return code;
    names.set(text, `part${names.size}`);
    constants.push(`const ${names.get(text)!} = ${code};`);
    return names.get(text)!;
  };
  const made = lists.map((list) => `[${list.map(codeOf).join()}]`);
  return { constants: constants.join('\n'), lists: made };
}

/** S3 and Kinesis find their endpoints by rules for all that they can do: most of them are for other kinds of buckets and for ARNs. */
export const shortEndpointRules: Plugin = {
  name: 'short-endpoint-rules',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]client-(s3|kinesis)[\\/]dist-es[\\/]endpoint[\\/]bdd\.js$/ }, ({ path }) => {
      const { nodes, root, conditions, results } = prunedRules(rulesIn(readFileSync(path, 'utf8')));
      const { constants, lists } = sharedCode([conditions, results]);
      return {
        contents: `import { BinaryDecisionDiagram } from "@smithy/core/endpoints";
          const result = ${RESULT};
          ${constants}
          export const bdd = BinaryDecisionDiagram.from(new Int32Array([${[...nodes].map((it) => (it >= RESULT ? `result + ${it - RESULT}` : it)).join()}]), ${root}, ${lists.join(', ')});`,
        loader: 'js',
      };
    });
  },
};

interface Partition {
  readonly id: string;
  readonly outputs: object;
  readonly regionRegex: string;
  readonly regions: Readonly<Record<string, object>>;
}

/** Partitions without descriptions of their Regions, and without Regions that the first expression that matches finds as well. */
export function shortPartitionsOf(partitions: readonly Partition[]): Partition[] {
  const found = (region: string) => partitions.find(({ regionRegex }) => new RegExp(regionRegex).test(region));
  return partitions.map((partition) => ({
    ...partition,
    regions: Object.fromEntries(Object.keys(partition.regions).filter((region) => found(region) !== partition).map((region) => [region, {}])),
  }));
}

/** The partitions in the module of the SDK. */
export function partitionsIn(text: string): { readonly partitions: readonly Partition[] } & object {
  return new Function(text.replace(/^export const partitionsInfo = (\{[^]*\});\s*$/, 'return $1;'))() as { partitions: Partition[] };
}

/** Partitions have the names of all Regions and what they are called. */
export const shortPartitions: Plugin = {
  name: 'short-partitions',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]util-endpoints[\\/]lib[\\/]aws[\\/]partitions\.js$/ }, ({ path }) => {
      const info = partitionsIn(readFileSync(path, 'utf8'));
      return { contents: `export const partitionsInfo = ${JSON.stringify({ ...info, partitions: shortPartitionsOf(info.partitions) })};`, loader: 'js' };
    });
  },
};

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

/** S3 and Kinesis find their endpoints by rules for all that they can do: most of them are for other kinds of buckets and for ARNs. */
export const shortEndpointRules: Plugin = {
  name: 'short-endpoint-rules',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]client-(s3|kinesis)[\\/]dist-es[\\/]endpoint[\\/]bdd\.js$/ }, ({ path }) => {
      const { nodes, root, conditions, results } = prunedRules(rulesIn(readFileSync(path, 'utf8')));
      return {
        contents: `import { BinaryDecisionDiagram } from "@smithy/core/endpoints";
          export const bdd = BinaryDecisionDiagram.from(new Int32Array([${[...nodes].join()}]), ${root}, ${JSON.stringify(conditions)}, ${JSON.stringify(results)});`,
        loader: 'js',
      };
    });
  },
};

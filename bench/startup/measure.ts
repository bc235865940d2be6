import { spawnSync } from 'node:child_process';

export interface Timing {
  readonly name: string;
  /** Median, from the start of the process to its end. */
  readonly millis: number;
  /** To the first of the contestants. */
  readonly ratio: number;
}

/** What a start must not depend on: the AWS of whoever runs this. */
const ENVIRONMENT = { PATH: process.env.PATH, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true' };

function millisOf(args: readonly string[]): number {
  const begin = process.hrtime.bigint();
  const { error } = spawnSync(process.execPath, args, { env: ENVIRONMENT, stdio: 'ignore' });
  if (error) throw error;
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

/** Starts all of them in turns, so that whatever else the machine does falls on each alike. The first round, with cold caches, does not count. */
export function measure(contestants: Readonly<Record<string, readonly string[]>>, runs: number): Timing[] {
  const times = new Map(Object.keys(contestants).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= runs; round++) {
    for (const [name, args] of Object.entries(contestants)) {
      const millis = millisOf(args);
      if (round > 0) times.get(name)!.push(millis);
    }
  }
  const medians = [...times].map(([name, each]) => ({ name, millis: each.sort((one, other) => one - other)[Math.floor(each.length / 2)] }));
  return medians.map(({ name, millis }) => ({ name, millis, ratio: millis / medians[0].millis }));
}

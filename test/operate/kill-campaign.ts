import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../faults/seeded-random';
import type { Pipeline } from '../pipeline/pipeline';
import type { BuggyProcessor } from './buggy-processor';
import { killAt, type KillPoint } from './kill-point';
import { messagesIn } from './queue';
import type { Tool } from './tool';

export interface CampaignOptions {
  readonly pipeline: Pipeline;
  /** Which processor of the pipeline. */
  readonly index: number;
  readonly processor: BuggyProcessor;
  readonly tool: Tool;
  readonly command: readonly string[];
  readonly kills: number;
  readonly deadLetters: number;
  readonly chance: SeededRandom;
}

export interface CampaignResult {
  readonly kills: number;
  /** Runs that ended before they were killed. */
  readonly survivals: number;
  /** Messages that were in the queue after the last kill. */
  readonly left: number;
  /** Exit code of the last run, which was not killed. */
  readonly exitCode: number | null;
  readonly seconds: number;
}

/** Messages are visible again this many seconds after a kill. It is the shortest visibility timeout that the tool accepts. */
const VISIBILITY_TIMEOUT = 30;

/** Kills runs of the tool at random moments, then runs it to its end. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { pipeline, processor, tool, command, kills } = options;
  const begun = performance.now();
  let killed = 0;
  let survivals = 0;
  while (killed < kills) {
    const left = await messagesAreBack(options, 1);
    if (left === 0) throw new Error(`there must be dead letters for ${kills} kills, got: none after ${killed}`);
    const { child, ended } = tool.start(...command, '--yes', '--visibility-timeout', String(VISIBILITY_TIMEOUT), '--stop-after-failures', '0');
    const remove = pipeline.cloud.gateway.use(killAt(pointOf(options, killed + survivals), tool.roleArn, child));
    const { exitCode, stderr } = await ended;
    remove();
    if (exitCode === null) killed++;
    else survivals++;
    if (exitCode !== null && exitCode > 1) throw new Error(`a run must be killed, or come to its end, got: exit code ${exitCode}, and ${stderr}`);
  }
  processor.fix();
  const left = await messagesAreBack(options, Infinity);
  const { exitCode } = await tool.run(...command, '--yes');
  await pipeline.settle();
  return { kills: killed, survivals, left, exitCode, seconds: Math.round((performance.now() - begun) / 1_000) };
}

/** One kill in five comes before the first send, and the others during the sends, so that dead letters are left for all kills. */
function pointOf({ chance, kills, deadLetters: letters }: CampaignOptions, run: number): KillPoint {
  const when = chance.pick([[1, 'before'], [1, 'after']] as const, 'when', run);
  const isEarly = chance.number('early', run) < 0.2;
  if (isEarly) return { from: 'the first request', request: chance.integer(1, 20, 'request', run), when };
  return { from: 'the first record sent', request: chance.integer(1, Math.ceil((3 * letters) / (kills + 1)), 'request', run), when };
}

/** Waits until this many messages are visible, or all messages in the queue. Returns the number. */
async function messagesAreBack({ pipeline, index }: CampaignOptions, atLeast: number): Promise<number> {
  for (;;) {
    const { visible, inFlight } = await messagesIn(pipeline.cloud.clients.sqs, pipeline.processors[index].queueUrl);
    if (visible >= atLeast || inFlight === 0) return visible;
    await sleep(250);
  }
}

import { streamOf } from '../../lambda/failure-record';
import type { LetterSummary } from '../../lambda/redrive/received-letter';
import type { Reason } from '../../lambda/redrive/target';
import type { HydrationStatus } from '../../src/contract';
import { reasonToLeave, type SendRules } from './disposition';
import type { OriginLetter } from './letter-origin';
import type { Selection } from './selection';

/** Messages that a plan looks at: enough to see what is there, few enough not to hide a large queue from others. */
export const MOST_LOOKED_AT = 1_000;

/** What all of one status have in common. */
export interface PlanLine {
  readonly status: HydrationStatus | 'NOT A DEAD LETTER';
  letters: number;
  records: number;
  /** Where to, with the number of letters. Empty: they are left. */
  readonly to: Record<string, number>;
  /** Why they are left. */
  readonly reason?: Reason;
}

/** What one letter would meet. */
export type Prospect = { readonly letter: OriginLetter } & ({ readonly to: string } | { readonly reason: Reason });

/** What a run would do, as far as was looked. */
export interface Plan {
  readonly lookedAt: number;
  /** Whether there is nothing beyond. */
  readonly isAll: boolean;
  readonly chosen: number;
  readonly toSend: number;
  readonly recordsToSend: number;
  readonly toLeave: number;
  /** Whether everything that was asked for by its id is there, as far as was looked. */
  readonly isFound: boolean;
  readonly lines: readonly PlanLine[];
}

export interface PlanRules extends SendRules {
  readonly limit?: number;
  readonly destinationOf: (summary: LetterSummary) => string;
}

/** Where a dead letter goes that is sent back to its stream. */
export function streamDestination(summary: LetterSummary): string {
  return streamOf(summary.streamArn);
}

/** Looks at dead letters and says what a run would do with them. `isExhausted` is asked at the end: whether there was nothing more. */
export async function planOf(
  letters: AsyncIterable<OriginLetter>,
  selection: Selection,
  rules: PlanRules,
  isExhausted: () => boolean,
  onProspect: (prospect: Prospect) => void = () => undefined,
): Promise<Plan> {
  const lines = new Map<string, PlanLine>();
  const { limit = Infinity } = rules;
  let lookedAt = 0;
  let chosen = 0;
  let toSend = 0;
  let recordsToSend = 0;
  let isCut = false;
  for await (const letter of letters) {
    lookedAt++;
    if (selection.has(letter)) {
      const prospect = prospectOf(letter, rules);
      const isSent = 'to' in prospect;
      chosen++;
      if (isSent && toSend === limit) break;
      const records = letter.summary?.recoveredRecords ?? 0;
      addTo(lines, letter, prospect, records);
      if (isSent) {
        toSend++;
        recordsToSend += records;
      }
      onProspect(prospect);
    }
    if (lookedAt === MOST_LOOKED_AT) {
      isCut = true;
      break;
    }
  }
  const sorted = [...lines.values()].sort((one, other) => other.letters - one.letters);
  const toLeave = sorted.reduce((sum, { reason, letters: count }) => sum + (reason ? count : 0), 0);
  const isFound = selection.notFound.length === 0;
  return { lookedAt, isAll: !isCut && isExhausted(), chosen, toSend, recordsToSend, toLeave, isFound, lines: sorted };
}

function prospectOf(letter: OriginLetter, rules: PlanRules): Prospect {
  const { summary, defect = '' } = letter;
  if (!summary) return { letter, reason: { name: 'NotADeadLetter', message: defect } };
  const reason = reasonToLeave(summary, rules);
  return reason ? { letter, reason } : { letter, to: rules.destinationOf(summary) };
}

function addTo(lines: Map<string, PlanLine>, { summary }: OriginLetter, prospect: Prospect, records: number): void {
  const status = summary?.status ?? 'NOT A DEAD LETTER';
  const reason = 'reason' in prospect ? prospect.reason : undefined;
  const key = `${status} ${reason ? 'left' : 'sent'}`;
  const line = lines.get(key) ?? { status, letters: 0, records: 0, to: {}, ...(reason && { reason }) };
  line.letters++;
  line.records += records;
  if ('to' in prospect) line.to[prospect.to] = (line.to[prospect.to] ?? 0) + 1;
  lines.set(key, line);
}

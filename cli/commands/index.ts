import type { CommandDefinition } from '../command-definition';
import { complete, completion } from './completion/command';
import { discard } from './discard/command';
import { exportDeadLetters } from './export/command';
import { importFile } from './import/command';
import { ls } from './ls/command';
import { policy } from './policy/command';
import { queues } from './queues/command';
import { redrive } from './redrive/command';
import { rehydrate } from './rehydrate/command';
import { rescue } from './rescue/command';
import { show } from './show/command';

/** All commands, in the order of a typical session. */
export const commands: readonly CommandDefinition[] = [
  queues, ls, show, redrive, rehydrate, discard, exportDeadLetters, importFile, rescue, policy, completion, complete,
];

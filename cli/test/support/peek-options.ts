import type { ExportOptions } from '../../commands/export/run';
import type { LsOptions } from '../../commands/ls/run';
import type { ShowOptions } from '../../commands/show/run';

const looking = { undeliverables: false, parked: false, countReceives: false };

/** What the commands get where nothing is given. */
export const lsOptions = (given: Partial<LsOptions> = {}): LsOptions => ({ ...looking, filter: [], sort: 'age', logs: true, ...given });
export const showOptions = (given: Partial<ShowOptions> = {}): ShowOptions => ({ ...looking, all: false, raw: false, logs: true, ...given });
export const exportOptions = (given: Partial<ExportOptions> = {}): ExportOptions => ({ ...looking, filter: [], force: false, ...given });

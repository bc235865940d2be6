const UNIT_MILLIS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time as people give it: ISO 8601, in UTC where it names no zone, or an age such as 15m. Undefined where it is neither. */
export function parseTime(text: string, now: Date): Date | undefined {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return validDate(now.getTime() - Number(count) * UNIT_MILLIS[unit as keyof typeof UNIT_MILLIS]);
  const [, date, time, zone] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(text) ?? [];
  if (date === undefined) return undefined;
  const millis = Date.parse(`${date}T${time ?? '00:00'}${zone ?? 'Z'}`);
  // JavaScript takes the 31st of February for a day in March.
  return new Date(`${date}T00:00Z`).toJSON()?.startsWith(date) ? validDate(millis) : undefined;
}

/** An age in few characters: 40s, 12m, 3h, 5d. Below zero it is none. */
export function shortAge(millis: number): string {
  const age = Math.max(0, millis);
  const [unit, unitMillis] = Object.entries(UNIT_MILLIS).findLast(([, it]) => age >= it) ?? ['s', UNIT_MILLIS.s];
  return `${Math.floor(age / unitMillis)}${unit}`;
}

/** The time in a value of JSON. Undefined where it is none. */
export function timeIn(value: unknown): Date | undefined {
  return validDate(typeof value === 'string' ? Date.parse(value) : NaN);
}

function validDate(millis: number): Date | undefined {
  return Number.isNaN(new Date(millis).getTime()) ? undefined : new Date(millis);
}

/** A time that is over, and how long ago; as it is where it is no time. */
export function agoText(time: string, now: Date): string {
  const millis = Date.parse(time);
  return Number.isNaN(millis) ? time : `${time} (${shortAge(now.getTime() - millis)} ago)`;
}

/** A time to come, and how far ahead it is. */
export function aheadText(time: Date, now: Date): string {
  return `${time.toISOString()} (in ${shortAge(time.getTime() - now.getTime())})`;
}

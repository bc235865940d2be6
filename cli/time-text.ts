import { shortAge } from './time';

/** A time that is over, and how long ago; as it is where it is no time. */
export function agoText(time: string, now: Date): string {
  const millis = Date.parse(time);
  return Number.isNaN(millis) ? time : `${time} (${shortAge(now.getTime() - millis)} ago)`;
}

/** A time to come, and how far ahead it is. */
export function aheadText(time: Date, now: Date): string {
  return `${time.toISOString()} (in ${shortAge(time.getTime() - now.getTime())})`;
}

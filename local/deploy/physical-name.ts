const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const SUFFIX_LENGTH = 12;

/** Numbers from 0 up to 1, as Math.random gives them; tests inject their own. */
export type Random = () => number;

export function randomId(random: Random, length: number = SUFFIX_LENGTH): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
}

/** A name as CloudFormation makes it up: `<stack>-<logical id>-<12 random characters>`, both parts cut to fit the service. */
export function physicalName(stackName: string, logicalId: string, maxLength: number, random: Random): string {
  const room = maxLength - SUFFIX_LENGTH - 2;
  const half = Math.floor(room / 2);
  const stack = stackName.slice(0, Math.max(half, room - logicalId.length));
  return `${stack}-${logicalId.slice(0, room - stack.length)}-${randomId(random)}`;
}

export function uuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  hex[12] = '4';
  hex[16] = '89ab'[Math.floor(random() * 4)];
  const text = hex.join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

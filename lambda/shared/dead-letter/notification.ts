import { parseJson } from './failure-record';

/** What a message of a queue that is subscribed to a topic holds: the text of the notification, or the body where it is no notification. */
export function notifiedText(body: string): string {
  const { Type: type, Message: message } = (parseJson(body) ?? {}) as { readonly Type?: unknown; readonly Message?: unknown };
  return type === 'Notification' && typeof message === 'string' ? message : body;
}

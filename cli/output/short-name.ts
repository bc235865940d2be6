/** What a queue, a function or a stream is called where it is plain which account and region are meant: ARNs and URLs fill whole lines. */
export function shortName(name: string): string {
  if (/^https?:\/\//.test(name)) return name.split('/').at(-1) || name;
  if (!name.startsWith('arn:')) return name;
  const [, , , , , ...resource] = name.split(':');
  // Of a function alias or version belong to it; of a stream the kind does.
  return (resource[0] === 'function' ? resource.slice(1) : resource).join(':') || name;
}

/** Where objects are: `s3://bucket/prefix`. */
export interface ObjectPrefix {
  readonly bucket: string;
  readonly prefix: string;
}

/** The bucket and prefix of `s3://bucket/prefix`, or undefined where a text is no such location. */
export function objectPrefixIn(text: string): ObjectPrefix | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}

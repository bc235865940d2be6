import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../account';
import { replacePlaceholders } from './intrinsics';

interface AssetManifest {
  readonly files?: Record<string, {
    readonly source: { readonly path?: string; readonly packaging?: string };
    readonly destinations: Record<string, { readonly bucketName: string; readonly objectKey: string }>;
  }>;
}

/** The files that `cdk deploy` would upload, found by the bucket and key under which the template expects them. */
export class Assets {
  private readonly paths = new Map<string, string>();

  constructor(private readonly directory: string, account: Account) {
    const values: Record<string, string> = {
      'AWS::AccountId': account.accountId, 'AWS::Region': account.region, 'AWS::Partition': account.partition,
    };
    for (const file of readdirSync(directory).filter((name) => name.endsWith('.assets.json'))) {
      const manifest = JSON.parse(readFileSync(join(directory, file), 'utf8')) as AssetManifest;
      for (const { source, destinations } of Object.values(manifest.files ?? {})) {
        if (source.path === undefined) continue;
        for (const { bucketName, objectKey } of Object.values(destinations)) {
          const bucket = replacePlaceholders(bucketName, (name) => values[name] ?? `\${${name}}`);
          this.paths.set(`${bucket}/${objectKey}`, join(directory, source.path));
        }
      }
    }
  }

  /** The directory that holds a function's code. */
  codeDirectory(bucket: string, key: string): string {
    const path = this.paths.get(`${bucket}/${key}`);
    if (path === undefined) {
      throw new Error(`asset s3://${bucket}/${key} is in no *.assets.json of ${this.directory}: synthesize the app again`);
    }
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found?.isDirectory()) {
      throw new Error(`asset s3://${bucket}/${key} must be a directory of code, got ${found ? 'the file' : 'nothing at'} ${path}`);
    }
    return path;
  }
}

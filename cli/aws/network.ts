import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { CliError } from '../cli-error';

/** The value of a variable that is written in small letters or in capitals. Small ones count first, as for curl and the AWS CLI. */
function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name.toLowerCase()] || env[name] || undefined;
}

/** Whether a proxy is named. ALL_PROXY does not count, as the AWS CLI reads the variables of HTTPS and HTTP only. */
export function hasProxy(env: NodeJS.ProcessEnv): boolean {
  return ['HTTPS_PROXY', 'HTTP_PROXY'].some((name) => variable(env, name) !== undefined);
}

/** Where a request goes to. */
export interface Destination {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
}

/** The proxy for a request, if one is named for it. @throws CliError */
export function proxyFor({ protocol, hostname, port = protocol === 'http:' ? 80 : 443 }: Destination, env: NodeJS.ProcessEnv): URL | undefined {
  const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = variable(env, name);
  if (proxy === undefined || isDirect(hostname.toLowerCase(), String(port), variable(env, 'NO_PROXY') ?? '')) return undefined;
  const url = /^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`;
  if (URL.canParse(url) && /^https?:/.test(url)) return new URL(url);
  // It may hold a password.
  throw new CliError(`${name} must be the URL of an HTTP proxy, as in http://proxy:3128`);
}

/** Whether NO_PROXY has a host: by its name, or by the end of it. */
function isDirect(hostname: string, port: string, noProxy: string): boolean {
  return noProxy.split(/[\s,]+/).filter(Boolean).some((entry) => {
    if (entry === '*') return true;
    const [, name, ofPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase())!;
    return (ofPort === undefined || ofPort === port) && (hostname === name || hostname.endsWith(`.${name}`));
  });
}

/**
 * The certificates that AWS_CA_BUNDLE or, without it, `ca_bundle` of the profile adds to those of Node.js, with them. Undefined where
 * neither names a file.
 * @throws CliError
 */
export function certificates({ AWS_CA_BUNDLE }: NodeJS.ProcessEnv, ofProfile?: string): string[] | undefined {
  const path = AWS_CA_BUNDLE || ofProfile;
  if (!path) return undefined;
  try {
    return [...rootCertificates, readFileSync(path, 'utf8')];
  } catch (error) {
    const setting = AWS_CA_BUNDLE ? 'AWS_CA_BUNDLE' : 'ca_bundle of the profile';
    throw new CliError(`${setting} must be a file of certificates, got: ${path} (${(error as Error).message})`);
  }
}

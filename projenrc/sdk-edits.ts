import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/** Texts that are replaced in modules of the SDK. The build fails where a module lacks one, and where no bundle has such a module. */
interface Edit {
  /** Ends of paths. */
  readonly modules: RegExp;
  readonly replace: readonly (readonly [text: string | RegExp, by: string])[];
}

/** A method of a class. */
const method = (name: string) => new RegExp(`^    (?:async )?${name}\\([^]*?\\n    \\}\\n`, 'm');

/** What the clients of all services do and these functions do not need. */
const ALL_CLIENTS: readonly Edit[] = [
  {
    // Functions give clients no logger and no extensions.
    modules: /client-[^\\/]+[\\/]dist-es[\\/]\w+Client\.js$/,
    replace: [
      ['this.middlewareStack.use(getLoggerPlugin(this.config));', ''],
      [/resolveRuntimeExtensions\((\w+), configuration\?\.extensions \|\| \[\]\)/, '$1'],
    ],
  },
  {
    // Templates name the version of Node.js: none warns of it. The retry strategy is the functions' own.
    modules: /client-[^\\/]+[\\/]dist-es[\\/]runtimeConfig\.js$/,
    replace: [['    emitWarningIfUnsupportedVersion(process.version);', ''], ['    awsCheckVersion(process.version);', '']],
  },
  {
    // Lambda has environment variables, and no ~/.aws.
    modules: /node-config-provider[\\/]configLoader\.js$/,
    replace: [[', fromSharedConfigFiles(configFileSelector, configuration)', '']],
  },
  {
    // Lambda names the region, and has no instance metadata.
    modules: /regionConfig[\\/]config\.js$/,
    replace: [['const region = await getInstanceMetadataRegion();', 'const region = undefined;']],
  },
  {
    modules: /defaults-mode[\\/]resolveDefaultsModeConfig\.js$/,
    replace: [['return getInstanceMetadataRegion();', 'return undefined;']],
  },
  {
    // What the user agent says of features is for statistics of AWS.
    modules: /middleware-user-agent[\\/]user-agent-middleware\.js$/,
    replace: [['    await checkFeatures(context, options, args);\n', '']],
  },
  {
    // Functions sign requests: no URLs, and no event streams.
    modules: /signature-v4[\\/]dist-es[\\/]SignatureV4\.js$/,
    replace: [
      ['    headerFormatter = new HeaderFormatter();\n', ''],
      [method('presign'), ''], [method('signEvent'), ''], [method('signMessage'), ''], [method('signString'), ''],
      [method('sign'), '    async sign(toSign, options) { return this.signRequest(toSign, options); }\n'],
    ],
  },
];

/** Bodies are streams of Node.js, and those of requests are buffers. */
const NODE_STREAMS: readonly Edit[] = [
  {
    modules: /util-stream[\\/]sdk-stream-mixin\.js$/,
    replace: [['return sdkStreamMixinReadableStream(stream);', 'throw new Error();']],
  },
  {
    modules: /util-stream[\\/]stream-collector\.js$/,
    replace: [[/ {4}if \(isBlob\(stream\)\) \{[^]*?\n {4}\}\n/, ''], [/ {4}if \(isReadableStream\(stream\)\) \{[^]*?\n {4}\}\n/, '']],
  },
  {
    modules: /util-stream[\\/]checksum[\\/]createChecksumStream\.js$/,
    replace: [[/ {4}if \(typeof ReadableStream === "function" && [^]*?\n {4}\}\n/, '']],
  },
  {
    modules: /flexible-checksums[\\/]flexibleChecksumsMiddleware\.js$/,
    replace: [[
      /( {8}if \(isStreaming\(requestBody\)\) \{\n)[^]*?\n( {8}\}\n)/,
      '$1throw new Error("the body of a request must be a buffer, got: a stream; see NODE_STREAMS of the build");$2',
    ]],
  },
];

/**
 * A start loads only the modules of Node.js that it needs. An import of `node:fs` or `node:process` as ESM reads all exports, and so loads
 * readline, among others. Node.js has these digests: the SDK tries each at the start, and has its own in JavaScript for builds without crypto.
 */
const NODE_MODULES: readonly Edit[] = [
  {
    modules: /util-body-length[\\/]calculateBodyLength\.js$/,
    replace: [[/^import \{.*\} from "node:fs";\n/, ''], [/ {4}else if \(body instanceof ReadStream\) \{[^]*?\n {4}\}\n/, '']],
  },
  {
    modules: /util-user-agent-node[\\/](defaultUserAgent|getRuntimeUserAgentPair)\.js$/,
    replace: [[/^import (\{ (?:env|versions) \}) from "node:process";$/m, 'const $1 = process;']],
  },
  {
    modules: /[\\/]Crc32Node\.js$/,
    replace: [
      ['import * as zlib from "node:zlib";\n', ''],
      [/^const zlibCrc32 = .*$/m, 'const zlibCrc32 = (...data) => process.getBuiltinModule("node:zlib").crc32(...data);'],
      ['= zlibCrc32 ? buildNativeClass(zlibCrc32) : Crc32Js;', '= buildNativeClass(zlibCrc32);'],
    ],
  },
  {
    modules: /[\\/](Sha256|Sha1|Md5)Node\.js$/,
    replace: [[/^const hasNativeCrypto = [^]*?^\}\)\(\);\n/m, ''], [/= hasNativeCrypto \? buildNativeClass\(\) : \w+;/, '= buildNativeClass();']],
  },
];

/** S3 without directory buckets (S3 Express), multi-Region access points, and keys of the customer. */
const S3: readonly Edit[] = [
  {
    modules: /client-s3[\\/]dist-es[\\/]S3Client\.js$/,
    replace: [
      ['this.middlewareStack.use(getRegionRedirectMiddlewarePlugin(this.config));', ''],
      ['this.middlewareStack.use(getS3ExpressPlugin(this.config));', ''],
      ['this.middlewareStack.use(getS3ExpressHttpSigningPlugin(this.config));', ''],
      ['{ session: [() => this, CreateSessionCommand] }', '{ session: [] }'],
      ['"aws.auth#sigv4a": config.credentials,', ''],
    ],
  },
  {
    modules: /middleware-s3-configuration[\\/]s3Configuration\.js$/,
    replace: [[/ {8}s3ExpressIdentityProvider: s3ExpressIdentityProvider \?\?[^]*?\}\)\)\),\n/, '']],
  },
  {
    modules: /client-s3[\\/]dist-es[\\/]commandBuilder\.js$/,
    replace: [
      [/^ +getSsecPlugin\(config\),\n/gm, ''], [/^ +getCheckContentLengthHeaderPlugin\(config\),\n/gm, ''],
      // Expires is not among the used members.
      [/^ +getS3ExpiresMiddlewarePlugin\(config\),\n/gm, ''],
    ],
  },
  {
    modules: /client-s3[\\/]dist-es[\\/]runtimeConfig\.js$/,
    replace: [
      [/^ +disableS3ExpressSessionAuth: .*\n/m, ''], [/^ +sigv4aSigningRegionSet: .*\n/m, ''],
    ],
  },
  {
    modules: /client-s3[\\/]dist-es[\\/]runtimeConfig\.shared\.js$/,
    replace: [
      [/^ +\{\n +schemeId: "aws\.auth#sigv4a",\n[^]*?\n +\},\n/m, ''],
      [/^ +signerConstructor: .*\n/m, ''], [/^ +getAwsChunkedEncodingStream: .*\n/m, ''],
    ],
  },
  {
    modules: /client-s3[\\/]dist-es[\\/]auth[\\/]httpAuthSchemeProvider\.js$/,
    replace: [
      ['options.push(createAwsAuthSigv4aHttpAuthOption(authParameters));', ''],
      ['    "aws.auth#sigv4a": createAwsAuthSigv4aHttpAuthOption,\n', ''],
      ['SignatureV4MultiRegion.sigv4aDependency() === "none" && ', ''],
      ['resolveAwsSdkSigV4AConfig(config_0)', 'config_0'],
    ],
  },
];

const EDITS = [...ALL_CLIENTS, ...NODE_STREAMS, ...NODE_MODULES, ...S3];
const done = new Set<Edit>();

/** The text of a module with its edits. Undefined where it has none. */
export function edited(path: string, text: string): string | undefined {
  const edits = EDITS.filter(({ modules }) => modules.test(path));
  if (edits.length === 0) return undefined;
  edits.forEach((edit) => done.add(edit));
  return edits.flatMap(({ replace }) => replace).reduce((result, [part, by]) => {
    const found = typeof part === 'string' ? result.includes(part) : result.search(part) >= 0;
    if (!found) throw new Error(`${path} must have what sdk-edits.ts replaces, got: nothing like ${part}; compare the edit with the module`);
    return result.replace(part, by);
  }, text);
}

/** Takes what no function uses out of modules of the SDK, so that esbuild drops what only this imports. */
export const sdkEdits: Plugin = {
  name: 'sdk-edits',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]dist-es[\\/]/ }, ({ path }) => {
      const contents = edited(path, readFileSync(path, 'utf8'));
      return contents === undefined ? undefined : { contents, loader: 'js' };
    });
  },
};

/** Fails where an edit has found no module in any bundle: the SDK has moved or renamed it. */
export function checkSdkEdits(): void {
  const left = EDITS.filter((edit) => !done.has(edit)).map(({ modules }) => String(modules));
  if (left.length > 0) throw new Error(`each edit of sdk-edits.ts must be for a module of a bundle, got: none for ${left.join(' and ')}; remove or correct it`);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, transform } from 'esbuild';
import { shortEndpointRules, shortPartitions } from './endpoint-rules';
import { sdkEdits } from './sdk-edits';
import { shortSchemas } from './sdk-schemas';

const PROVIDER = join(__dirname, '..', 'lambda', 'runtime', 'credential-provider.ts');

/**
 * Lambda gives a function its credentials in environment variables. The SDK's default provider also brings what reads profiles, calls STS and
 * SSO, and asks the metadata services: about a quarter of a bundle.
 */
const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup({ onResolve }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({ path: PROVIDER }));
  },
};

/** A client reads its version from its package.json, which esbuild can only take whole. */
const shortPackageInfo: Plugin = {
  name: 'short-package-info',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, ({ path }) => {
      const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly name: string; readonly version: string };
      return { contents: JSON.stringify({ name, version }), loader: 'json' };
    });
  },
};

/** The class of each error that a service has takes 400 bytes, of which three values differ. One function makes them all. */
export const compactErrors: Plugin = {
  name: 'compact-errors',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]models[\\/]errors\.js$/ }, ({ path }) => {
      const [head, ...classes] = readFileSync(path, 'utf8').split(/^export class /m);
      const errors = classes.map((text) => {
        const value = (field: string) => new RegExp(`^ +(?:static )?${field.replace('$', '\\$')} = ([^]*?);$`, 'm').exec(text)?.[1];
        const [, name] = /^(\w+) extends __BaseException \{/.exec(text) ?? [];
        const [fault, id, retryable] = ['$fault', 'shapeId', '$retryable'].map(value);
        if (!name || !fault || value('name') !== JSON.stringify(name)) throw new Error(`the classes of ${path} must look as compactErrors expects, got: ${text}`);
        return `export const ${name} = /* @__PURE__ */ error(${[`"${name}"`, fault, id ?? 'undefined', retryable ?? 'undefined'].join(', ')});`;
      });
      const make = `const error = (name, $fault, shapeId, $retryable) => class Modeled extends __BaseException {
        static name = name;
        static shapeId = shapeId;
        constructor(options) {
          super({ name, $fault, ...options });
          Object.setPrototypeOf(this, Modeled.prototype);
          Object.assign(this, { name, $fault }, $retryable && { $retryable });
        }
      };`;
      return { contents: [head, make, ...errors].join('\n'), loader: 'js' };
    });
  },
};

/** Requests to S3 have no XML body here: all that they say is in the path, the query and the headers. */
const noXmlBodies: Plugin = {
  name: 'no-xml-bodies',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]protocols[\\/]xml[\\/]XmlShapeSerializer\.js$/ }, () => ({
      contents: `
        const unused = () => { throw new Error('the bundle writes no XML: see noXmlBodies of the build'); };
        export class XmlShapeSerializer { setSerdeContext() {} write() { unused(); } flush() { unused(); } }`,
      loader: 'js',
    }));
  },
};

const EVENT_STREAMS = 'event-streams';

/** No function calls an operation that streams events. Clients of services that have one bring the protocol along. */
const noEventStreams: Plugin = {
  name: 'no-event-streams',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@smithy\/core\/event-streams$/ }, () => ({ path: EVENT_STREAMS, namespace: EVENT_STREAMS }));
    onLoad({ filter: /^/, namespace: EVENT_STREAMS }, () => ({
      contents: `
        const unused = () => { throw new Error('the bundle has no event streams: see noEventStreams of the build'); };
        export const eventStreamSerdeProvider = unused;
        export const resolveEventStreamSerdeConfig = (config) => config;
        export class EventStreamSerde { constructor() { unused(); } }`,
    }));
  },
};

/** Functions give each client their own HTTP/1.1 handler. That of HTTP/2, the default of Kinesis, would load `node:http2` for nothing. */
const onlyHttp1: Plugin = {
  name: 'only-http1',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node-http-handler[\\/]dist-es[\\/]node-http2-handler\.js$/ }, () => ({
      contents: "export { NodeHttpHandler as NodeHttp2Handler } from './node-http-handler';", loader: 'js',
    }));
  },
};

/** Functions give each client their own retry strategy. Those of the SDK are not needed. */
const ownRetryStrategy: Plugin = {
  name: 'own-retry-strategy',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]util-retry[\\/](Standard|Adaptive)RetryStrategy\.js$/ }, ({ path }) => ({
      contents: `export class ${/(\w+)\.js$/.exec(path)![1]} { constructor() { throw new Error('each client must have a retry strategy: see clientOptions'); } }`,
      loader: 'js',
    }));
  },
};

const NAMED = 'named';

/** Functions and classes of this repository keep their names in stack traces. Those of the SDK are made short: the names of all take 25 KB. */
const ownNames: Plugin = {
  name: 'own-names',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^named$/ }, () => ({ path: NAMED, namespace: NAMED }));
    onLoad({ filter: /^/, namespace: NAMED }, () => ({ contents: "export const __name = (it, value) => Object.defineProperty(it, 'name', { value, configurable: true });" }));
    onLoad({ filter: /[\\/](lambda|src)[\\/].*\.ts$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, 'utf8'), { loader: 'ts', keepNames: true, target: 'node24', format: 'esm' });
      const helper = /^var __defProp = .*;\nvar __name = .*;\n/;
      return { contents: helper.test(code) ? `import { __name } from "${NAMED}";\n${code.replace(helper, '')}` : code, loader: 'js' };
    });
  },
};

/** The plugins of the bundles of functions. Of plugins that load a file, the first takes it. */
export const functionPlugins: Plugin[] = [
  environmentCredentials, shortSchemas, shortPackageInfo, compactErrors, noEventStreams, noXmlBodies, onlyHttp1, ownRetryStrategy,
  shortEndpointRules, shortPartitions, sdkEdits, ownNames,
];

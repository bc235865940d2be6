'use strict';

// Loaded first in every child process of local/: the child ends with its parent, and it listens on loopback only.
const net = require('node:net');

const LOOPBACK = '127.0.0.1';

// The ports that the program was told to use are only labels: the system picks free ones, and the parent is told which.
const anyPort = process.env.LOCAL_PORT_LABELS === 'true';

if (!process.send) throw new Error('this preload belongs in a child process with an IPC channel');

// The channel closes whichever way the parent goes, SIGKILL included.
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message?.type === 'local:stop') process.exit(0);
});
// Ctrl-C reaches the whole process group: the parent decides when its children end.
process.on('SIGINT', () => {});
process.channel.unref();

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function confined(...args) {
  const callback = typeof args.at(-1) === 'function' ? args.pop() : undefined;
  const options = typeof args[0] === 'object' && args[0] !== null ? args[0] : { port: Number(args[0] ?? 0) };
  if (options.path !== undefined || (typeof args[0] === 'string' && Number.isNaN(Number(args[0])))) {
    return listen.call(this, ...args, ...(callback ? [callback] : []));
  }
  this.once('listening', () => {
    if (!process.connected) return;
    process.send({ type: 'local:listening', label: options.port, port: this.address().port });
  });
  const confinedOptions = { ...options, host: LOOPBACK, ...(anyPort && { port: 0 }) };
  return listen.call(this, confinedOptions, ...(callback ? [callback] : []));
};

'use strict';
// Listens the way that binds every interface, and tells its address to whoever connects.
const net = require('node:net');

const server = net.createServer((socket) => socket.end(JSON.stringify(server.address())));
server.listen(Number(process.env.PORT ?? 0));

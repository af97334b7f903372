// Loaded before a server: whatever port it wants, it gets a free one on loopback, and its parent process is told which.
import { Server } from 'node:net';

const { Bun } = globalThis;
if (Bun === undefined) {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...parameters) {
    const [first] = parameters;
    const port = typeof first === 'object' ? first?.port : first;
    if (port === undefined || !Number.isInteger(Number(port))) return listen.apply(this, parameters);
    const callback = parameters.find((parameter) => typeof parameter === 'function');
    this.once('listening', () => process.send?.(this.address().port));
    return listen.apply(this, [0, '127.0.0.1', callback]);
  };
} else {
  const { serve } = Bun;
  Bun.serve = (options) => {
    const server = serve({ ...options, port: 0, hostname: '127.0.0.1' });
    process.send(server.port);
    return server;
  };
}

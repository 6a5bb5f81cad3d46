// A TCP proxy on the loopback interface that spoils an upload as it is told.
import { connect, createServer } from 'node:net';

/**
 * Passes everything on to the port, but: after `cutAfter` bytes from the client it cuts
 * `times` connections at their next byte; after `stallAfter` bytes it passes on nothing more, and `stalled` resolves.
 */
export async function openProxy(port, { cutAfter = Infinity, times = 1, stallAfter = Infinity } = {}) {
  let seen = 0;
  let cuts = 0;
  let tellStalled;
  const stalled = new Promise((resolve) => (tellStalled = resolve));
  const sockets = new Set();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    upstream.on('data', (bytes) => client.write(bytes));
    client.on('data', (bytes) => {
      seen += bytes.length;
      if (seen > cutAfter && cuts < times) {
        cuts += 1;
        client.destroy();
        return;
      }
      if (seen > stallAfter) {
        tellStalled();
        return;
      }
      if (!upstream.write(bytes)) {
        client.pause();
        upstream.once('drain', () => client.resume());
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    stalled,
    cuts: () => cuts,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

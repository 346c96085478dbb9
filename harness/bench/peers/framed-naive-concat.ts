/**
 * The framed protocol's ECHO as most people write it first: every read is joined to what is left over with `Buffer.concat`, and
 * every frame is answered with a write of its own. What one scan and one write per read are compared with.
 *
 * ECHO of at most 1 MiB only; anything else closes the connection.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { announceReady, listenAddress } from './contract.ts';

const HEADER_BYTES = 8;
const LARGEST_PAYLOAD_BYTES = 1024 * 1024;
const TYPE_ECHO = 0x01;
const TYPE_ECHO_REPLY = 0x81;

function serve(socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= HEADER_BYTES) {
      const length = pending.readUInt32BE(0);
      if (length > LARGEST_PAYLOAD_BYTES || pending[4] !== TYPE_ECHO) {
        socket.destroy();
        return;
      }
      if (pending.length < HEADER_BYTES + length) return;
      const header = Buffer.from(pending.subarray(0, HEADER_BYTES));
      header[4] = TYPE_ECHO_REPLY;
      socket.write(Buffer.concat([header, pending.subarray(HEADER_BYTES, HEADER_BYTES + length)]));
      pending = pending.subarray(HEADER_BYTES + length);
    }
  });
  socket.on('error', () => socket.destroy());
}

const server = createServer({ noDelay: true }, serve);
server.listen(listenAddress(), () => {
  announceReady('framed', 'tcp', (server.address() as AddressInfo).port);
});

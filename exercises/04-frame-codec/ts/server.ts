// Joins the codec to a socket, so that it can be checked: answers ECHO, and ERROR to what the codec refuses.
//
// Given. It keeps the bytes of a frame that is not complete and asks the codec again when more come. Exercise 05 is to
// write it whole.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Options, run } from '../../given/ts/contract.ts';
import { decode, encode, encodeError } from './codec.ts';

const ECHO = 0x01;
const ECHO_REPLY = 0x81;

function onConnection(socket: Socket, maxFrameSize: number): void {
  let input = Buffer.alloc(0);
  let failed = false;
  socket.on('data', (bytes: Buffer) => {
    if (failed) return;
    input = Buffer.concat([input, bytes]);
    let decoded = decode(input, maxFrameSize);
    while (decoded.outcome === 'complete') {
      input = input.subarray(decoded.bytes);
      const { type, id, payload } = decoded.frame;
      if (type === ECHO) socket.write(encode({ type: ECHO_REPLY, flags: 0, id, payload }));
      decoded = decode(input, maxFrameSize);
    }
    failed = decoded.outcome === 'error';
    if (decoded.outcome === 'error') socket.end(encodeError(decoded.code, decoded.id));
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => {});
}

async function listen(options: Options): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    onConnection(socket, options.maxFrameSize),
  );
  server.listen(options.port, options.host, options.backlog);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

await run('framed', { listen });

// UDP echo (RFC 862): every datagram comes back to its sender, as one datagram with the same bytes.
//
// One socket serves everybody, and there are no connections: the sender of a datagram is all that tells peers apart.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { type Options, run } from '../../given/ts/contract.ts';

/** One datagram, whole: UDP keeps the boundaries that TCP does not have. It may be empty. */
function onDatagram(socket: Socket, bytes: Buffer, sender: RemoteInfo): void {
  // TODO: send the datagram back to its sender, and outlive every way in which that can fail
}

async function listen(options: Options): Promise<number> {
  const socket = createSocket(isIPv6(options.host) ? 'udp6' : 'udp4');
  socket.on('message', (bytes, sender) => onDatagram(socket, bytes, sender));
  socket.bind(options.port, options.host);
  await once(socket, 'listening'); // rejects if 'error' comes first
  // TODO: outlive the errors of the socket that come later
  return socket.address().port;
}

await run('udp-echo', { listen });

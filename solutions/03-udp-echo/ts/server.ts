// UDP echo (RFC 862): every datagram comes back to its sender, as one datagram with the same bytes.
//
// One socket serves everybody, and there are no connections: the sender of a datagram is all that tells peers apart.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { type Options, run } from '../../given/ts/contract.ts';

/** One datagram, whole: UDP keeps the boundaries that TCP does not have. It may be empty. */
function onDatagram(socket: Socket, bytes: Buffer, sender: RemoteInfo): void {
  // BEGIN SOLUTION: send the datagram back to its sender, and outlive every way in which that can fail
  // A sender is what a datagram says it is. RFC 768 allows port 0 for "no reply wanted"; send() throws a RangeError at it,
  // which would end the process.
  if (sender.port === 0) return;
  // A datagram that names us as its sender would be answered to ourselves, and that again, without end.
  const own = socket.address();
  if (sender.port === own.port && sender.address === own.address) return;
  // The callback gets the errors of sending: no route, a firewall, a full buffer. Without one they are emitted as 'error'.
  // UDP promises nothing, so nothing is repeated either.
  socket.send(bytes, sender.port, sender.address, () => {});
  // END SOLUTION
}

async function listen(options: Options): Promise<number> {
  const socket = createSocket(isIPv6(options.host) ? 'udp6' : 'udp4');
  socket.on('message', (bytes, sender) => onDatagram(socket, bytes, sender));
  socket.bind(options.port, options.host);
  await once(socket, 'listening'); // rejects if 'error' comes first
  // BEGIN SOLUTION: outlive the errors of the socket that come later
  // An ICMP "port unreachable" about an earlier reply is an error of the socket, not of the peer who caused it. The socket
  // is as good as before.
  socket.on('error', () => {});
  // END SOLUTION
  return socket.address().port;
}

await run('udp-echo', { listen });

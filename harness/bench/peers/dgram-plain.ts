/**
 * UDP echo in the plainest way that node:dgram offers: one `message` event and one `send` per datagram.
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { announceReady, listenAddress } from './contract.ts';

const { host, port } = listenAddress();
const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
socket.on('message', (message, client) => socket.send(message, client.port, client.address));
socket.bind(port, host, () => announceReady('udp-echo', 'udp', socket.address().port));

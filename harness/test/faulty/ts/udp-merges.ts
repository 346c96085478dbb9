/** Fault: collects what has come and answers it with one datagram, as if UDP were a stream. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import process from 'node:process';
import { cannotListen, printReady, takeOptions } from './contract.ts';

const options = takeOptions();
const socket = createSocket('udp4');
let collected: Buffer[] = [];

function answer(peer: RemoteInfo): void {
  if (collected.length > 0) socket.send(Buffer.concat(collected), peer.port, peer.address);
  collected = [];
}

socket.on('message', (bytes, peer) => {
  collected.push(bytes);
  if (bytes.length === 0) answer(peer);
  else setImmediate(() => answer(peer));
});
socket.on('error', (error) => cannotListen(options, error));
socket.bind(options.port, options.host, () => {
  printReady('udp-echo', options.host, socket.address().port, {});
});
process.on('SIGTERM', () => socket.close());
process.on('SIGINT', () => socket.close());

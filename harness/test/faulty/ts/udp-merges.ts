/** Fault: collects what has come and answers it with one datagram, as if UDP were a stream. */
import { type Reply, serveUdpEcho } from './udp.ts';

let collected: Buffer[] = [];

function answer(reply: Reply): void {
  if (collected.length > 0) reply(Buffer.concat(collected));
  collected = [];
}

serveUdpEcho({
  onDatagram: (bytes, _from, reply) => {
    collected.push(bytes);
    if (bytes.length === 0) answer(reply);
    else setImmediate(() => answer(reply));
  },
});

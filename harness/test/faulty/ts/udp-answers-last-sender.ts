/** Fault: replies in a later turn to whoever sent last, because the sender stands in a variable of the module. */
import { type Reply, serveUdpEcho } from './udp.ts';

let replyToSender: Reply;

serveUdpEcho({
  onDatagram: (bytes, _from, reply) => {
    replyToSender = reply;
    setImmediate(() => replyToSender(bytes));
  },
});

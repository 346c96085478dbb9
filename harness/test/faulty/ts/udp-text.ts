/** Fault: the payload is turned into a string and back: what is not UTF-8 is replaced. */
import { serveUdpEcho } from './udp.ts';

serveUdpEcho({ onDatagram: (bytes, _from, reply) => reply(bytes.toString()) });

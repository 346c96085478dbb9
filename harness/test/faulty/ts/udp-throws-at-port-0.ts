/** Fault: answers whatever port the sender names; send() throws for port 0, and that ends the process. */
import { serveUdpEcho } from './udp.ts';

serveUdpEcho({ answersPortZero: true });

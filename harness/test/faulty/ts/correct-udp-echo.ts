/** No fault: the base as it is. It passes every check, or the faulty servers would prove nothing. */
import { serveUdpEcho } from './udp.ts';

serveUdpEcho({});

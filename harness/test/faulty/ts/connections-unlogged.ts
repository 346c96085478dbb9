/** Fault: --log-level debug says nothing of connections that come and go. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { connectionsUnlogged: true });

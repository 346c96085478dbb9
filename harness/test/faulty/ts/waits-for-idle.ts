/** Fault: server.close() alone. It waits until the last client leaves of its own accord. */
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', { leavesIdleOpen: true });

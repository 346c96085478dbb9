/** Fault: --backlog is parsed and not passed on; Node takes 511. */
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', {
  listen: (server, { host, port }, listening) => server.listen({ host, port }, listening),
});

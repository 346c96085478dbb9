/** Fault: --host is checked and forgotten: listen() without a host means every address. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', {
  listen: (server, { port, backlog }, listening) => server.listen({ port, backlog }, listening),
});

/** Fault: says "ready" with the port that it has looked up, and listens there a moment later. */
import { createServer } from 'node:net';
import { serveTcp } from './tcp.ts';

const LATER_MS = 400;

serveTcp('tcp-echo', {
  listen: (server, options, listening) => {
    const probe = createServer().listen(options.port, options.host, () => {
      const address = probe.address();
      server.address = () => address;
      probe.close(() => {
        listening();
        if (address !== null && typeof address === 'object') {
          setTimeout(() => server.listen(address.port, options.host), LATER_MS);
        }
      });
    });
  },
});

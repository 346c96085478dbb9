/** Fault: takes for granted that an accepted client is still there: the address of one that has gone is undefined. */
import process from 'node:process';
import { serveTcp } from './tcp.ts';

serveTcp('framed', {
  listen: (server, { host, port, backlog }, listening) => {
    server.on('connection', ({ remoteAddress }) => {
      if ((remoteAddress as string).startsWith('10.')) process.stderr.write('event=open private\n');
    });
    server.listen({ host, port, backlog }, listening);
  },
});

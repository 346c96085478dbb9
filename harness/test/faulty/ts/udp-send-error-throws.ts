/** Fault: throws the error of a reply that could not be sent; nobody catches it, and the process ends. */
import { serveUdpEcho } from './udp.ts';

serveUdpEcho({
  sendFailed: (error) => {
    throw error;
  },
});

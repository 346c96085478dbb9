/** Fault: 'end' is listened to and nothing is done; our half stays open. */
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', { peerEnded: () => {} });

/** Fault: a connection above the limit is closed without a word. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { refusesSilently: true } });

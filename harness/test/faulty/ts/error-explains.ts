/** Fault: an ERROR comes with a page of help. */
import { serveTcp } from './tcp.ts';

const HELP = ' means that the request was wrong; please read the manual and try it again.'.repeat(10);

serveTcp('framed', { framed: { errorText: (name) => name + HELP } });

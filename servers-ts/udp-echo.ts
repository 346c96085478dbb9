// UDP echo (RFC 862): every datagram comes back to its sender, with the same bytes.
//
// UDP has no connections: the sections that speak of them say so. Sockets are in net/, and there is no codec, because
// echo does not look at bytes. Mirrors servers-c/udp-echo.c.

import type { Datagram } from './net/datagram.ts';
import * as datagram from './net/datagram.ts';
import * as lifecycle from './net/lifecycle.ts';
import * as options from './net/options.ts';

// ---- options ----

const USAGE = {
  name: 'udp-echo',
  purpose: 'Sends every datagram back to the peer that sent it (RFC 862 over UDP).',
  extra: [],
};

// ---- accept ----

// Nothing to accept: any peer may send at any time, and the next datagram may be another's.

// ---- read ----

// An empty datagram is a datagram like any other: length 0 is not the end of anything.
function onDatagram(received: Datagram): void {
  answer(received, received.bytes);
}

// ---- write ----

// One datagram for one, to the address it came from. A reply that cannot be sent is counted, not repeated.
function answer(received: Datagram, bytes: Buffer): void {
  datagram.reply(received, bytes);
}

// ---- half-close ----

// There is no FIN: UDP has no stream that could end.

// ---- close ----

// Nothing to close but the socket itself, which the end of the process does.

// ---- main ----

const service = { name: 'udp-echo', protocol: 'udp-echo', datagram: { onDatagram } };

const parsed = options.parse(USAGE, process.argv.slice(2));
if (parsed.exitCode === options.OPTIONS_RUN) lifecycle.run(service, parsed.options);
else lifecycle.explain(parsed);

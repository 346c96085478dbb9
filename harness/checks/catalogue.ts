/**
 * All checks, in the order in which they are listed and failures are shown: what others rest on comes
 * first. A new file of checks is added here and nowhere else.
 */
import type { Suite } from '../servers.ts';
import { abuseChecks } from './abuse.ts';
import { addressChecks } from './addresses.ts';
import { backpressureChecks } from './backpressure.ts';
import { bindChecks } from './bind.ts';
import type { Check } from './check.ts';
import { descriptorChecks } from './descriptors.ts';
import { frameChecks, headerChecks } from './frame.ts';
import { idleChecks } from './idle.ts';
import { observabilityChecks } from './observability.ts';
import { processChecks } from './processes.ts';
import { readyChecks } from './ready.ts';
import { restartChecks } from './restart.ts';
import { stopChecks } from './stop.ts';
import { streamChecks } from './stream.ts';
import { tcpChecks } from './tcp.ts';
import { teardownChecks } from './teardown.ts';
import { datagramChecks } from './udp-datagrams.ts';
import { datagramPeerChecks } from './udp-peers.ts';
import { datagramStopChecks } from './udp-stop.ts';
import { datagramTroubleChecks } from './udp-trouble.ts';

export const catalogue: readonly Check[] = [
  ...readyChecks,
  ...headerChecks,
  ...frameChecks,
  ...tcpChecks,
  ...streamChecks,
  ...datagramChecks,
  ...datagramPeerChecks,
  ...datagramTroubleChecks,
  ...datagramStopChecks,
  ...bindChecks,
  ...addressChecks,
  ...observabilityChecks,
  ...backpressureChecks,
  ...descriptorChecks,
  ...idleChecks,
  ...processChecks,
  ...abuseChecks,
  ...stopChecks,
  ...restartChecks,
  ...teardownChecks,
];

/** The checks that apply to a suite. */
export function checksFor(suite: Suite): Check[] {
  return catalogue.filter((check) => check.suites.includes(suite));
}

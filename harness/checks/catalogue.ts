/**
 * All checks, in the order in which they are listed and failures are shown: what others rest on comes
 * first. A new file of checks is added here and nowhere else.
 */
import type { Suite } from '../servers.ts';
import { abuseChecks } from './abuse.ts';
import { abuseClientChecks } from './abuse-clients.ts';
import { slowReaderChecks } from './abuse-slow-reader.ts';
import { addressChecks } from './addresses.ts';
import { backpressureChecks } from './backpressure.ts';
import { bindChecks } from './bind.ts';
import type { Check } from './check.ts';
import { connectionLogChecks } from './connection-log.ts';
import { descriptorChecks } from './descriptors.ts';
import { flagRangeChecks } from './flag-ranges.ts';
import { frameAbuseChecks } from './frame-abuse.ts';
import { delayChecks } from './frame-delay.ts';
import { delayDueChecks } from './frame-delay-due.ts';
import { endChecks } from './frame-end.ts';
import { errorChecks } from './frame-errors.ts';
import { fatalChecks } from './frame-fatal.ts';
import { generateChecks } from './frame-generate.ts';
import { goawayChecks } from './frame-goaway.ts';
import { frameIdleChecks } from './frame-idle.ts';
import { frameChecks, headerChecks } from './frame-length.ts';
import { pendingChecks } from './frame-pending.ts';
import { requestChecks } from './frame-requests.ts';
import { timeChecks } from './frame-time.ts';
import { hammerChecks } from './hammer.ts';
import { idleChecks } from './idle.ts';
import { memoryGrowthChecks } from './memory-growth.ts';
import { memoryStalledChecks } from './memory-stalled.ts';
import { observabilityChecks } from './observability.ts';
import { processChecks } from './processes.ts';
import { readyChecks } from './ready.ts';
import { restartChecks } from './restart.ts';
import { stopChecks } from './stop.ts';
import { streamChecks } from './stream.ts';
import { streamByteChecks } from './stream-bytes.ts';
import { streamConnectionChecks } from './stream-connections.ts';
import { tcpChecks } from './tcp.ts';
import { acceptChecks } from './tcp-accept.ts';
import { closeChecks } from './tcp-close.ts';
import { kernelChecks } from './tcp-kernel.ts';
import { resetChecks } from './tcp-reset.ts';
import { teardownChecks } from './teardown.ts';
import { datagramChecks } from './udp-datagrams.ts';
import { datagramPeerChecks } from './udp-peers.ts';
import { datagramStopChecks } from './udp-stop.ts';
import { datagramTroubleChecks } from './udp-trouble.ts';
import { workerChecks } from './workers.ts';

export const catalogue: readonly Check[] = [
  ...readyChecks,
  ...headerChecks,
  ...frameChecks,
  ...requestChecks,
  ...generateChecks,
  ...pendingChecks,
  ...delayChecks,
  ...delayDueChecks,
  ...errorChecks,
  ...fatalChecks,
  ...endChecks,
  ...goawayChecks,
  ...timeChecks,
  ...frameIdleChecks,
  ...frameAbuseChecks,
  ...tcpChecks,
  ...closeChecks,
  ...resetChecks,
  ...acceptChecks,
  ...kernelChecks,
  ...streamChecks,
  ...streamByteChecks,
  ...streamConnectionChecks,
  ...hammerChecks,
  ...datagramChecks,
  ...datagramPeerChecks,
  ...datagramTroubleChecks,
  ...datagramStopChecks,
  ...bindChecks,
  ...flagRangeChecks,
  ...workerChecks,
  ...addressChecks,
  ...observabilityChecks,
  ...connectionLogChecks,
  ...backpressureChecks,
  ...memoryStalledChecks,
  ...memoryGrowthChecks,
  ...descriptorChecks,
  ...idleChecks,
  ...processChecks,
  ...abuseChecks,
  ...abuseClientChecks,
  ...slowReaderChecks,
  ...stopChecks,
  ...restartChecks,
  ...teardownChecks,
];

/** The checks that apply to a suite. */
export function checksFor(suite: Suite): Check[] {
  return catalogue.filter((check) => check.suites.includes(suite));
}

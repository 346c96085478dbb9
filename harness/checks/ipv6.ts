/**
 * Whether this machine has IPv6 at all: without it, checks of IPv6 judge nothing.
 */
import { networkInterfaces } from 'node:os';
import { NotJudged } from './check.ts';

/** @throws {NotJudged} where the loopback interface has no ::1 */
export function needIpv6(): void {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  if (!addresses.some(({ address }) => address === '::1')) throw new NotJudged('this machine has no IPv6');
}

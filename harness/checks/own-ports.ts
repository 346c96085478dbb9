/**
 * Ports of the arena that the kernel gives to nobody by itself any more: ip_local_reserved_ports.
 *
 * A check starts its server again on its port, or connects to one whose server has gone. Meanwhile other checks start servers and
 * clients with port 0: once in some ten thousand times one of them was given just that port.
 */
import { writeFileSync } from 'node:fs';

/** The kernel reads one page of this file: 4,095 bytes, so many ports of five digits with a comma. */
const MOST_PORTS = 682;

let ports: readonly number[] = [];

/** From now on only who names it can bind it. The first ones are given back when there are more than the kernel reads. */
export function reservePort(port: number): void {
  ports = [...ports.filter((other) => other !== port), port].slice(-MOST_PORTS);
  writeFileSync('/proc/sys/net/ipv4/ip_local_reserved_ports', ports.join(','));
}

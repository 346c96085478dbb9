/** Fault: "normalises" what it should only repeat. */
import { serveTcp } from './tcp.ts';

const upper = (byte: number) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte);

serveTcp('tcp-echo', { received: (bytes) => Buffer.from(bytes.map(upper)) });

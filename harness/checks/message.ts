/**
 * One message of each protocol as bytes, so that a check can serve tcp-echo and framed alike.
 *
 * Written independently of the servers' codecs on purpose: a shared codec would hide a shared bug. Framed
 * messages here are ECHO only; the frame suite builds the rest.
 */
import type { Suite } from '../servers.ts';

const ECHO = 0x01;
const ECHO_REPLY = 0x81;

/** The bytes that ask for `payload` to be echoed. */
export function request(suite: Suite, payload: Uint8Array, id = 0): Buffer {
  return suite === 'framed' ? frame(ECHO, id, payload) : Buffer.from(payload);
}

/** The bytes that a correct server answers to {@link request}. */
export function reply(suite: Suite, payload: Uint8Array, id = 0): Buffer {
  return suite === 'framed' ? frame(ECHO_REPLY, id, payload) : Buffer.from(payload);
}

function frame(type: number, id: number, payload: Uint8Array): Buffer {
  const length = payload.length;
  const header = [length >>> 24, length >>> 16, length >>> 8, length, type, 0, id >>> 8, id];
  return Buffer.concat([Buffer.from(header), payload]);
}

// Cases for wire/delays: steps of one byte modulo 4 each: 0 adds a reply (u8 due time, u8 length), 1 looks at the first,
// 2 takes it, 3 clears. The outcome has a word for each, with what is held afterwards.
//
// Mirrors servers-c/test/codec/delays_case.c.

import * as delays from '../../wire/delays.ts';
import type { Script } from './script.ts';

function word(step: string, reply: delays.DelayedReply | undefined): string {
  return reply === undefined ? ' none' : ` ${step}(${reply.dueMs},${reply.sequence},${reply.frame.length})`;
}

function step(held: delays.Delays, script: Script): string {
  const which = script.u8() % 4;
  if (which === 1) return word('first', delays.first(held));
  if (which === 2) return word('take', delays.take(held));
  if (which === 3) delays.clear(held);
  else delays.add(held, script.u8(), Buffer.alloc(script.u8()));
  return '';
}

export function delaysCase(script: Script): string {
  const held = new delays.Delays();
  let outcome = '';
  while (script.left > 0) outcome += `${step(held, script)} held(${held.count},${held.bytes})`;
  while (held.count > 0) outcome += word('take', delays.take(held));
  return outcome;
}

/**
 * How a run that ended early is told to people: LoadFailure, one sentence and the facts.
 *
 * It does not decide what a failure is: the C side does, at the byte where it happens.
 */
import { isIPv6 } from 'node:net';
import type { LoadFailureFacts, Target } from './load.ts';

/** A run ended early; `message` is one sentence for people, `facts` says the same for programs. */
export class LoadFailure extends Error {
  override readonly name = 'LoadFailure';
  readonly facts: LoadFailureFacts;

  constructor(facts: LoadFailureFacts) {
    super(sentence(facts));
    this.facts = facts;
  }
}

function sentence(facts: LoadFailureFacts): string {
  const who = addressOf(facts.target);
  switch (facts.kind) {
    case 'refused':
      return `${who} refused connection ${facts.connection}: does the server listen there?`;
    case 'connect-timeout':
      return `${who} did not accept connection ${facts.connection} in time`;
    case 'reset':
      return `${who} reset connection ${facts.connection} ${progressOf(facts)}`;
    case 'closed':
      return `${who} closed connection ${facts.connection} ${progressOf(facts)}`;
    case 'stalled':
      return `${who} stopped answering on connection ${facts.connection} ${progressOf(facts)}`;
    case 'wrong-byte':
      return `${who} answered a wrong byte ${placeOf(facts)}: expected ${byte(facts.expected)}, got ${byte(facts.actual)}`;
    case 'wrong-id':
      return `${who} answered a wrong id ${placeOf(facts)}: expected ${facts.expected}, got ${facts.actual}`;
    case 'wrong-frame':
      return `${who} answered ${facts.expected === undefined ? 'more than it was asked' : 'a wrong frame'} ${placeOf(facts)}${difference(facts)}`;
    case 'out-of-ports':
      return `no local port is left for another connection to ${who}: wait a minute, or run for a shorter time`;
    case 'system':
      return `the system refused ${facts.call} for ${who}: ${facts.errno}`;
  }
}

/** `127.0.0.1:4000` or `[::1]:4000`. */
function addressOf({ host, port }: Target): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function progressOf({ replies = 0, outstanding = 0 }: LoadFailureFacts): string {
  const counted = replies === 1 ? '1 reply' : `${replies.toLocaleString('en-US')} replies`;
  return `after ${counted}, with ${outstanding.toLocaleString('en-US')} outstanding`;
}

function placeOf({ connection, id, offset = 0 }: LoadFailureFacts): string {
  return `on connection ${connection}, message ${id}, offset ${offset.toLocaleString('en-US')}`;
}

function difference({ expected, actual }: LoadFailureFacts): string {
  return expected === undefined ? '' : `: expected ${expected}, got ${actual}`;
}

function byte(value = 0): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

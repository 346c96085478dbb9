/**
 * What a student is told about a server that crashed, from reports as Node, ASan and UBSan write them.
 */
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../checks/result.ts';
import { withCrashPlace } from '../learn/crash-place.ts';

const NODE = `file:///w/exercises/05-framed-server/ts/server.ts:50
    const n = payload.readUInt32BE();
                      ^

RangeError [ERR_BUFFER_OUT_OF_BOUNDS]: Attempt to access memory outside buffer bounds
    at boundsError (node:internal/buffer:86:11)
    at Session.answer (file:///w/exercises/05-framed-server/ts/server.ts:50:23)
    at Session.received (file:///w/exercises/05-framed-server/ts/server.ts:44:60)`;
const TOP_LEVEL = `ReferenceError: port is not defined
    at file:///w/exercises/01-tcp-echo/ts/server.ts:7:1
    at ModuleJob.run (node:internal/modules/esm/module_job:413:25)`;
const NOBODY_LISTENS = `node:events:487
      throw er; // Unhandled 'error' event
      ^

Error: read ECONNRESET
    at TCP.onStreamRead (node:internal/stream_base_commons:216:20)`;
const ASAN = `==7==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7ffe at pc 0x7f bp 0x7f sp 0x7f
WRITE of size 5000 at 0x7ffe thread T0
    #0 0x7f23 in __interceptor_memcpy ../asan/sanitizer_common_interceptors.inc:827
    #1 0x55d0 in serve /w/exercises/01-tcp-echo/c/server.c:41:9
    #2 0x55d1 in main /w/exercises/01-tcp-echo/c/server.c:60`;
const UBSAN = `/w/exercises/05-framed-server/c/session.c:52:14: runtime error: index 4096 out of bounds for type 'uint8_t [4096]'
    #0 0x55d0 in continue_generate /w/exercises/05-framed-server/c/session.c:52`;
const RECURSION = `RangeError: Maximum call stack size exceeded
    at encode (file:///w/exercises/06-many-connections/ts/codec.ts:70:3)
    at Session.produce (file:///w/exercises/06-many-connections/ts/session.ts:74:40)
    at Session.produce (file:///w/exercises/06-many-connections/ts/session.ts:76:36)
    at Session.produce (file:///w/exercises/06-many-connections/ts/session.ts:76:36)`;
const GIVEN_UP =
  '/w/exercises/07-backpressure/c/connection.c:32: epoll_ctl failed in watch(): Bad file descriptor';

function crashed(stderr: string, crash = true): CheckResult {
  const facts = { expected: 'a reply', actual: 'none', cause: 'a guess', hint: 'somewhere' };
  const end = crash ? { crash: { code: 1, signal: null } } : {};
  const told = { id: 'a.b', title: 'answers', rule: 'a rule', level: 'must', server: 's' } as const;
  return { ...told, verdict: 'fail', durationMs: 1, failure: { facts, steps: [], stderr, ...end } };
}

function advice(result: CheckResult): unknown[] {
  return [result.failure?.facts.cause, result.failure?.facts.hint];
}

describe('the place of a crash', () => {
  it.each([
    [
      NODE,
      'RangeError [ERR_BUFFER_OUT_OF_BOUNDS]: Attempt to access memory outside buffer bounds',
      'exercises/05-framed-server/ts/server.ts:50, in Session.answer',
    ],
    [TOP_LEVEL, 'ReferenceError: port is not defined', 'exercises/01-tcp-echo/ts/server.ts:7'],
    [ASAN, 'stack-buffer-overflow', 'exercises/01-tcp-echo/c/server.c:41, in serve'],
    [
      UBSAN,
      "index 4096 out of bounds for type 'uint8_t [4096]'",
      'exercises/05-framed-server/c/session.c:52, in continue_generate',
    ],
    [
      GIVEN_UP,
      'epoll_ctl failed in watch(): Bad file descriptor',
      'exercises/07-backpressure/c/connection.c:32, in watch',
    ],
  ])('is the first line of a file of the exercise', (stderr, error, place) => {
    expect(advice(withCrashPlace(crashed(stderr)))).toEqual([
      `the server ended in the middle of it: ${error}`,
      place,
    ]);
  });

  it('is the call of itself in a recursion, wherever the stack has ended', () => {
    expect(advice(withCrashPlace(crashed(RECURSION)))).toEqual([
      'the server ended in the middle of it: RangeError: Maximum call stack size exceeded',
      'exercises/06-many-connections/ts/session.ts:76, in Session.produce',
    ]);
  });

  it('leaves the advice of the check where the report names no file of the exercise', () => {
    expect(advice(withCrashPlace(crashed(NOBODY_LISTENS)))).toEqual(['a guess', 'somewhere']);
  });

  it('says nothing of a server that has not crashed', () => {
    expect(advice(withCrashPlace(crashed(NODE, false)))).toEqual(['a guess', 'somewhere']);
  });
});

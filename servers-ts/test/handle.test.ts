// What is known of Node's insides is looked at before it is used. That the fast path works is shown by the tests of connections.

import { EventEmitter } from 'node:events';
import type * as net from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import * as handle from '../net/handle.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test.each([{}, { _handle: null }, { _handle: { fd: 7 } }])(
  'without the internals of Node (%j) the plain path is taken',
  (internals) => {
    vi.stubEnv('SERVERS_TS_READ_PATH', 'fast');
    const accepted = Object.assign(
      Object.create(EventEmitter.prototype),
      { pause: () => {} },
      internals,
    ) as net.Socket;
    expect(handle.adopt(accepted, 4096, () => {})).toEqual({ socket: accepted, fd: handle.NO_DESCRIPTOR });
    expect(accepted.listenerCount('data')).toBe(1);
  },
);

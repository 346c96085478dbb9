/**
 * The correct small UDP echo server in TypeScript, and the places where a fault may change it.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import process from 'node:process';
import { cannotListen, printReady, takeOptions } from './contract.ts';

export type Reply = (bytes: Buffer | string) => void;

/** What a fault may change; absent means: as it should be. */
export interface DatagramFault {
  /** Takes the place of the echo. `reply` sends to the sender of this datagram, and counts. */
  onDatagram?: (bytes: Buffer, from: RemoteInfo, reply: Reply) => void;
  /** Port 0 is answered like any other. */
  answersPortZero?: boolean;
  sendFailed?: (error: Error) => void;
}

/** Starts the server; it serves until SIGTERM or SIGINT. */
export function serveUdpEcho(fault: DatagramFault): void {
  const options = takeOptions();
  const socket = createSocket(isIPv6(options.host) ? 'udp6' : 'udp4');
  const counts = { received: 0, sent: 0, failed: 0 };
  const echo = (bytes: Buffer, _from: RemoteInfo, reply: Reply): void => reply(bytes);
  const sent = (error: Error | null): void => {
    counts[error ? 'failed' : 'sent'] += 1;
    if (error) fault.sendFailed?.(error);
  };
  socket.on('message', (bytes, from) => {
    counts.received += 1;
    const own = socket.address();
    const isOwn = from.port === own.port && from.address === own.address;
    const reply = (answer: Buffer | string): void => socket.send(answer, from.port, from.address, sent);
    if (isOwn || (from.port === 0 && !fault.answersPortZero)) counts.failed += 1;
    else (fault.onDatagram ?? echo)(bytes, from, reply);
  });
  socket.once('error', (error) => cannotListen(options, error));
  socket.bind(options.port, options.host, () => {
    socket.removeAllListeners('error').on('error', () => {});
    printReady('udp-echo', options.host, socket.address().port, {});
  });
  process.stderr.on('error', () => {});
  // Three turns: what lies in the socket is read, and answered by a fault that takes its time.
  const stop = (): void => inTurns(3, () => leave(socket, counts));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function inTurns(turns: number, then: () => void): void {
  if (turns === 0) then();
  else setImmediate(() => inTurns(turns - 1, then));
}

function leave(socket: Socket, { received, sent, failed }: Record<string, number>): void {
  process.stderr.write(
    `event=exit code=0 reason=drained received=${received} sent=${sent} failed=${failed}\n`,
  );
  // Not by itself: a log line that nobody reads would hold it up for ever.
  socket.close(() => process.exit(0));
}

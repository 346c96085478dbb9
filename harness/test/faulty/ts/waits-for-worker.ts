/** Fault: with --workers it waits for a report that no worker sends, until the time limit of the drain is over. */
import type { Server, Socket } from 'node:net';
import process from 'node:process';
import { takeOptions } from './contract.ts';
import { serveTcp } from './tcp.ts';

const { drainTimeoutMs } = takeOptions();
const open = new Set<Socket>();

function opened(socket: Socket): void {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
}

function stop(server: Server): void {
  server.close();
  for (const socket of open) socket.end();
  setTimeout(() => process.exit(0), drainTimeoutMs);
}

const hasWorkers = /--workers[= ]([2-9]|\d\d)/.test(process.argv.join(' '));
serveTcp('tcp-echo', hasWorkers ? { opened, stop } : {});

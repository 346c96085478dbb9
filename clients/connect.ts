/**
 * Opens TCP connections for the clients: half-open allowed, Nagle off, and failures put in words.
 *
 * Deliberately no retries and no pool: a person who asks for one connection gets one connection or one reason.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ClientError, EXIT, errorName } from './errors.ts';

export type Endpoint = { readonly host: string; readonly port: number };

/** `127.0.0.1:9000`, or `[::1]:9000` for IPv6. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Connects within `timeoutMs`. The socket stays writable after the server's FIN and readable after ours.
 * Throws a ClientError that names the address and the reason (exit 69), or says that `interrupt` came (130).
 */
export async function connectTcp(
  endpoint: Endpoint,
  timeoutMs: number,
  interrupt?: AbortSignal,
): Promise<Socket> {
  const socket = connect({ ...endpoint, allowHalfOpen: true, noDelay: true });
  try {
    const limits = [AbortSignal.timeout(timeoutMs), ...(interrupt ? [interrupt] : [])];
    await once(socket, 'connect', { signal: AbortSignal.any(limits) });
  } catch (error) {
    socket.destroy();
    if (interrupt?.aborted) throw new ClientError('interrupted', EXIT.interrupted);
    throw unavailable(endpoint, error, timeoutMs);
  }
  // Between here and the first read an error must not be "unhandled"; the reader sees it all the same.
  socket.on('error', () => {});
  return socket;
}

function unavailable(endpoint: Endpoint, error: unknown, timeoutMs: number): ClientError {
  return new ClientError(
    `cannot connect to ${formatEndpoint(endpoint)}: ${connectReason(error, timeoutMs)}`,
    EXIT.unavailable,
  );
}

function connectReason(error: unknown, timeoutMs: number): string {
  const name = errorName(error);
  if (error instanceof Error && error.name === 'AbortError') return `no answer within ${timeoutMs} ms`;
  if (name === 'ECONNREFUSED')
    return `${name} (nothing listens there: is the server started, and the port right?)`;
  if (name === 'ENOTFOUND' || name === 'EAI_AGAIN') return `${name} (no such host name)`;
  return name;
}

/**
 * The condition, for context.until(), that a server has closed what it had opened for clients: it is back at a number of descriptors.
 */
import type { CheckContext, Server } from './context.ts';

/** Holds when the server has no more than `fds` descriptors, the number from before the clients. */
export function isBackAt(
  context: CheckContext,
  fds: number,
  server: Server = context.server,
): () => Promise<boolean> {
  return async () => (await context.usage(server)).fds <= fds;
}

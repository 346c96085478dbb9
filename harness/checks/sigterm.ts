/**
 * SIGTERM for checks that want to see what a server has logged or leaked by its end, and do not judge whether it ends.
 */
import type { CheckContext, Exit, Server } from './context.ts';

/** Sends SIGTERM and resolves with the exit, or with undefined: see exitOrRest(). */
export async function exitAtSigterm(
  context: CheckContext,
  server: Server = context.server,
): Promise<Exit | undefined> {
  context.step('send SIGTERM');
  server.signal('SIGTERM');
  return exitOrRest(context, server);
}

/**
 * Resolves with the exit, or with undefined when the server has come to rest without one: that it ignores the signal is the business of
 * stop.term-idle.
 */
export async function exitOrRest(
  context: CheckContext,
  server: Server = context.server,
): Promise<Exit | undefined> {
  await Promise.race([server.exited, context.asleep(server)]);
  // The kernel knows of an end before the harness does.
  const { processes } = await context.usage(server);
  return processes === 0 ? context.within('the server to exit', server.exited) : undefined;
}

/**
 * A program that keeps one core busy until it is killed, or until the process whose id it was given is no longer its parent.
 *
 * busy-core.ts starts and ends it. Nothing else: no socket, no output.
 */
const LOOK_EVERY_MS = 50;

const parent = Number(process.argv[2]);
while (process.ppid === parent) {
  const until = performance.now() + LOOK_EVERY_MS;
  while (performance.now() < until);
}

/**
 * The gate: a few checks that a server must pass before it is measured. A figure of a server that answers wrongly is worth nothing.
 *
 * The checks are those of `make check`; the rest of them says more about a server, and takes longer.
 */
import { checksFor } from '../checks/catalogue.ts';
import type { CheckResult } from '../checks/result.ts';
import { runChecks } from '../checks/run.ts';
import type { ServerSpec, Suite } from '../servers.ts';

/** At most five a server, all together within 10 s for six servers. */
export const GATE_CHECKS: Readonly<Record<Suite, readonly string[]>> = {
  'tcp-echo': ['ready.line', 'tcp.echo-basic', 'tcp.keep-open', 'stream.binary', 'tcp.half-close'],
  'udp-echo': ['ready.line', 'udp.echo', 'udp.boundaries', 'udp.binary', 'udp.many-clients'],
  framed: ['ready.line', 'tcp.echo-basic', 'stream.coalesce', 'stream.order', 'tcp.half-close'],
};

/** Runs the gate of one server. @throws HarnessTrouble when a check itself goes wrong */
export function runGate(spec: ServerSpec, seed: number): Promise<CheckResult[]> {
  const wanted = GATE_CHECKS[spec.protocol];
  const checks = checksFor(spec.protocol).filter((check) => wanted.includes(check.id));
  return runChecks({
    spec,
    checks,
    seed,
    tier: 'quick',
    whyNoArena: 'the bench measures on the machine itself',
  });
}

/** One sentence when the server may not be measured. */
export function gateFailure(
  label: string,
  protocol: Suite,
  results: readonly CheckResult[],
): string | undefined {
  const failed = results.filter((result) => result.verdict === 'fail');
  const [first] = failed;
  if (!first) return undefined;
  const facts = first.failure?.facts;
  const detail = facts ? `: expected ${facts.expected}, got ${facts.actual}` : '';
  return `${label}: the ${protocol} server fails ${first.id}${detail}; it is not measured (see \`make check\`)`;
}

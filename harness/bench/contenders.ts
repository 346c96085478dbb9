/**
 * Who is measured: turns what the user wrote after `A=` or `B=` into servers that can be started, or an address.
 *
 * Starts nothing but a command whose protocol is not known: that one tells it in its ready line.
 */
import { isIP } from 'node:net';
import { basename } from 'node:path';
import { serverFromCommand } from '../commands/arguments.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import type { Target } from '../native/load.ts';
import { ServerFault, ServerProcess } from '../process.ts';
import { referenceServers, type ServerSpec, SUITES, type Suite, TRACKS } from '../servers.ts';
import { PEERS } from './peers.ts';

/** One side of the comparison. */
export interface Contender {
  /** For tables: `TypeScript`, `C`, `libuv-echo`, the command. */
  label: string;
  /** What the user wrote. */
  text: string;
  /** Two contenders of one known language are compared by bootstrap within a duel. */
  language: string | undefined;
  /** How to start it, by protocol; empty for a remote one. */
  specs: ReadonlyMap<Suite, ServerSpec>;
  /** Running somewhere already; not started, not stopped, and nothing of its process is known. */
  remote?: { target: Target; protocol: Suite };
}

/** The protocols that a contender speaks. */
export function protocolsOf({ specs, remote }: Contender): Suite[] {
  return remote ? [remote.protocol] : [...specs.keys()];
}

const LANGUAGES: Readonly<Record<string, string>> = { ts: 'TypeScript', c: 'C', 'c-sanitize': 'C' };
const LABELS: Readonly<Record<string, string>> = { ...LANGUAGES, 'c-sanitize': 'C (sanitized)' };
const ADDRESS = /^(?:(tcp-echo|udp-echo|framed)@)?(?:\[([^\]]+)\]|([^\s:/[\]]+)):(\d{1,5})$/;

const LONGEST_LABEL = 32;

/**
 * A track (`ts`, `c`), a server of the registry (`framed/c`), a peer (`libuv-echo`), `[PROTOCOL@]HOST:PORT`, or a command.
 * @throws {Refusal} when it is none of these, or the command does not become ready
 */
export async function parseContender(text: string): Promise<Contender> {
  const trimmed = text.trim();
  if (trimmed === '') throw new Refusal('a contender is missing: give ts, c, HOST:PORT or a command');
  return (
    trackContender(trimmed) ??
    namedContender(trimmed) ??
    remoteContender(trimmed) ??
    commandContender(trimmed)
  );
}

function trackContender(text: string): Contender | undefined {
  const track = TRACKS.find((one) => one === text);
  if (!track) return undefined;
  const specs = new Map(referenceServers(SUITES, [track]).map((spec) => [spec.protocol, spec]));
  return { label: LABELS[track] ?? track, text, language: LANGUAGES[track], specs };
}

function namedContender(text: string): Contender | undefined {
  const spec = [...referenceServers(SUITES, TRACKS), ...PEERS].find((one) => one.name === text);
  if (!spec) return undefined;
  return { label: text, text, language: LANGUAGES[spec.track], specs: new Map([[spec.protocol, spec]]) };
}

function remoteContender(text: string): Contender | undefined {
  const [, protocol = 'tcp-echo', v6, name, port] = ADDRESS.exec(text) ?? [];
  const host = v6 ?? (name === 'localhost' ? '127.0.0.1' : name);
  if (host === undefined) return undefined;
  if (isIP(host) === 0)
    throw new Refusal(`${text}: give the address as numbers, for example 192.0.2.7:${port}`);
  if (Number(port) < 1 || Number(port) > 65535)
    throw new Refusal(`${text}: the port must be from 1 to 65535`);
  const remote = { target: { host, port: Number(port) }, protocol: protocol as Suite };
  return { label: text, text, language: undefined, specs: new Map(), remote };
}

async function commandContender(text: string): Promise<Contender> {
  const spec = commandOrRefuse(text);
  const protocol = await askProtocol(spec);
  const label = text.length <= LONGEST_LABEL ? text : basename(spec.argv[0]);
  return { label, text, language: undefined, specs: new Map([[protocol, { ...spec, protocol }]]) };
}

function commandOrRefuse(text: string): ServerSpec {
  try {
    return serverFromCommand('tcp-echo', text);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const names = [...TRACKS, ...referenceServers().map((spec) => spec.name)].join(', ');
    throw new Refusal(
      `${error.message} (known by name: ${names}, the peers, [PROTOCOL@]HOST:PORT)`,
      error.exitCode,
    );
  }
}

/** Starts the command once and reads from its ready line which protocol it speaks; silence means tcp-echo. */
async function askProtocol(spec: ServerSpec): Promise<Suite> {
  const server = new ServerProcess(spec);
  try {
    return suiteOf((await server.ready).protocol) ?? 'tcp-echo';
  } catch (error) {
    // It may have been ready, and only of another protocol than the one that was assumed.
    const told = error instanceof ServerFault ? toldProtocol(server.stdout()) : undefined;
    if (told) return told;
    throw error instanceof ServerFault ? new Refusal(error.message, ExitCode.unavailable) : error;
  } finally {
    await server.stop();
  }
}

function toldProtocol(stdout: string): Suite | undefined {
  try {
    const line: unknown = JSON.parse(stdout.slice(0, stdout.indexOf('\n')));
    return suiteOf((line as { protocol?: unknown } | null)?.protocol);
  } catch {
    return undefined;
  }
}

function suiteOf(protocol: unknown): Suite | undefined {
  return SUITES.find((suite) => suite === protocol);
}

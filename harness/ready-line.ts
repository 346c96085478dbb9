/**
 * The ready line: found in a server's stdout, parsed, and held against what the harness knows
 * (docs/contract.md section 2).
 *
 * Pure: text in, outcome out. process.ts reads the pipe.
 */
import { z } from 'zod';

/** What a ready line says. Unknown keys are ignored. */
export interface Ready {
  port: number;
  host?: string | undefined;
  protocol?: string | undefined;
  transport?: string | undefined;
  pid?: number | undefined;
}

/** What is known before: a key of the line that contradicts it is a failure. */
export interface Known {
  protocol: string;
  /** The port that was asked for; 0 or undefined: the kernel chooses. */
  port?: number | undefined;
}

export type ReadyOutcome =
  | { kind: 'partial' }
  | { kind: 'ready'; ready: Ready }
  /** `seen` completes "the server ..."; `hint` says what to do. */
  | { kind: 'wrong'; seen: string; hint: string };

const FORMAT = '{"ready":true,"port":40321}';
/** A first line that is still open after this many characters is no ready line. */
const LONGEST_LINE = 4096;
const SHOWN_CHARACTERS = 80;

const readyLine = z.object({
  ready: z.literal(true),
  port: z.int().min(1).max(65535),
  host: z.string().optional(),
  protocol: z.string().optional(),
  transport: z.string().optional(),
  pid: z.int().positive().optional(),
});

/** Looks at all that came on stdout so far. */
export function readReadyLine(stdout: string, known: Known): ReadyOutcome {
  const end = stdout.indexOf('\n');
  if (end === -1 && stdout.length <= LONGEST_LINE) return { kind: 'partial' };
  const line = end === -1 ? stdout : stdout.slice(0, end);
  const parsed = readyLine.safeParse(parseJson(line));
  if (!parsed.success) return wrong(`it printed ${shown(line)} instead of a ready line`);
  const contradiction = contradicts(parsed.data, known);
  return contradiction ? wrong(contradiction) : { kind: 'ready', ready: parsed.data };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function wrong(seen: string): ReadyOutcome {
  const hint = `the first line on stdout must be JSON like ${FORMAT}, and true`;
  return { kind: 'wrong', seen, hint };
}

/** Quoted and escaped, so that a server cannot write to the terminal through us. */
function shown(line: string): string {
  const cut = line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}...` : line;
  return JSON.stringify(cut);
}

function contradicts(ready: Ready, known: Known): string | undefined {
  const transport = known.protocol.startsWith('udp') ? 'udp' : 'tcp';
  if (ready.protocol !== undefined && ready.protocol !== known.protocol)
    return `its ready line says protocol ${shown(ready.protocol)}, but it was started as ${known.protocol}`;
  if (ready.transport !== undefined && ready.transport !== transport)
    return `its ready line says transport ${shown(ready.transport)}, but ${known.protocol} runs over ${transport}`;
  if (known.port && ready.port !== known.port)
    return `its ready line says port ${ready.port}, but --port ${known.port} was given`;
  return undefined;
}

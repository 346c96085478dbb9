/**
 * The document of one run, as it is stored under results/ and written by JSON=FILE.
 *
 * results.schema.json beside this file is made from it; a test keeps it fresh. A reader accepts documents of its own version only.
 */
import { z } from 'zod';

export const SCHEMA_NAME = 'bench-run';
export const SCHEMA_VERSION = 2;

const notMeasured = z.object({ notMeasured: z.string() });
const side = z.enum(['a', 'b']);
const protocol = z.enum(['tcp-echo', 'udp-echo', 'framed']);

const estimate = z
  .object({ value: z.number(), low: z.number(), high: z.number(), confidence: z.number().min(0).max(1) })
  .meta({
    id: 'estimate',
    description: 'An estimate, its interval, and the probability that the interval covers the truth',
  });

const latency = z
  .object({ p50Ns: z.number(), p99Ns: z.number(), p999Ns: z.number(), maxNs: z.number() })
  .meta({ id: 'latency', description: 'Nanoseconds, merged over all duels of the scenario' });

const perMessage = z.object({
  userNs: z.number(),
  systemNs: z.number(),
  totalNs: z.number(),
});

const sideResult = z
  .object({
    messages: z.int().nonnegative(),
    messagesPerSecond: z.number(),
    latency,
    cpuPerMessage: z.union([perMessage, notMeasured]),
    systemCallsPerMessage: z.union([
      z.object({ calls: z.number(), by: z.enum(['perf', 'strace']) }),
      notMeasured,
    ]),
    load: z.union([z.object({ engineBusy: z.number(), serverBusy: z.number() }), notMeasured]),
    scheduleLag: z.object({ p50Ns: z.number(), p99Ns: z.number(), maxNs: z.number() }).optional(),
  })
  .meta({ id: 'side', description: 'What one contender did in one scenario' });

const verdict = z.object({
  kind: z.enum([
    'difference',
    'no-difference',
    'too-noisy',
    'client-limited',
    'schedule-lag',
    'too-few-duels',
    'quick',
    'not-measured',
  ]),
  words: z.string(),
  remarks: z.array(z.string()),
});

const scenario = z.object({
  id: z.string(),
  title: z.string(),
  protocol,
  figure: z.enum(['throughput', 'latency']),
  connections: z.int(),
  depth: z.int(),
  messageBytes: z.int(),
  offeredRate: z.number().optional(),
  /** A / B: of messages per second, or of median latencies in an open loop. */
  ratio: z
    .object({ ...estimate.shape, method: z.enum(['duels', 'bootstrap']), duels: z.array(z.number()) })
    .optional(),
  a: sideResult.optional(),
  b: sideResult.optional(),
  verdict,
});

const environment = z.object({
  kernel: z.string(),
  cpuModel: z.string(),
  cpus: z.int(),
  cpusUsable: z.array(z.int()),
  memoryBytes: z.number(),
  governor: z.string(),
  node: z.string(),
  compiler: z.string(),
  compilerFlags: z.string(),
  sysctls: z.record(z.string(), z.string()),
  commit: z.string(),
  dirty: z.boolean(),
  placement: z.string(),
});

const datagramBalance = z.object({
  window: z.int(),
  sent: z.int(),
  received: z.int(),
  late: z.int(),
  lost: z.int(),
  duplicated: z.int(),
  droppedHere: z.int(),
  droppedThere: z.int(),
  server: z.object({ received: z.int(), sent: z.int(), failed: z.int() }).optional(),
  unexplained: z.int(),
});

export const benchRun = z
  .object({
    schema: z.literal(SCHEMA_NAME),
    version: z.literal(SCHEMA_VERSION),
    startedAt: z.iso.datetime(),
    durationMs: z.number(),
    /** False after Ctrl-C: what was measured until then. */
    complete: z.boolean(),
    quick: z.boolean(),
    seed: z.int(),
    settings: z.object({
      duels: z.int(),
      duelMs: z.number(),
      sliceMs: z.number(),
      firstWarmupMs: z.number(),
    }),
    environment,
    contenders: z.object({
      a: z.object({ label: z.string(), text: z.string() }),
      b: z.object({ label: z.string(), text: z.string() }),
    }),
    selfCheck: z.union([
      z.object({
        contender: z.string(),
        scenario: z.string(),
        ratio: estimate,
        halfWidth: z.number(),
        off: z.number(),
        tooNoisy: z.boolean(),
      }),
      notMeasured,
    ]),
    noise: z.union([
      z.object({ othersCores: z.number(), stealCores: z.number(), overMs: z.number() }),
      notMeasured,
    ]),
    gates: z.array(
      z.object({
        contender: z.string(),
        protocol,
        passed: z.int(),
        failed: z.array(z.string()),
        notJudged: z.array(z.string()),
      }),
    ),
    scenarios: z.array(scenario),
    memory: z.array(
      z.object({
        contender: z.string(),
        protocol,
        connections: z.int(),
        outcome: z.union([z.object({ bytesPerConnection: z.number() }), notMeasured]),
      }),
    ),
    datagrams: z.array(
      z.object({
        contender: z.string(),
        scenario: z.string(),
        outcome: z.union([datagramBalance, notMeasured]),
      }),
    ),
    floor: z.array(
      z.object({
        transport: z.enum(['tcp', 'udp']),
        outcome: z.union([z.object({ messagesPerSecond: z.number(), p50Ns: z.number() }), notMeasured]),
      }),
    ),
    peers: z.array(
      z.object({
        name: z.string(),
        what: z.string(),
        scenario: z.string(),
        contender: z.string(),
        side,
        outcome: z.union([z.object({ ratio: estimate, peerMessagesPerSecond: z.number() }), notMeasured]),
      }),
    ),
    peersMissing: z.array(z.object({ name: z.string(), needs: z.string() })),
    leftOut: z.array(z.object({ id: z.string(), why: z.string() })),
    failures: z.array(z.string()),
  })
  .meta({ title: 'bench run', description: 'One run of `make bench`' });

export type BenchRun = z.infer<typeof benchRun>;
export type ScenarioResult = BenchRun['scenarios'][number];
export type SideResult = NonNullable<ScenarioResult['a']>;

/** The published JSON Schema, as text. */
export function publishedSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(benchRun), null, 2)}\n`;
}

/**
 * The results as one JSON document. The schema here is the published one; a document always carries its name
 * and version.
 */
import { z } from 'zod';
import { type CheckResult, count } from '../checks/result.ts';
import type { ServerReport } from './text.ts';

const byteDifference = z.object({
  offset: z.int(),
  windowOffset: z.int(),
  expectedHex: z.string(),
  actualHex: z.string(),
  expectedLength: z.int(),
  actualLength: z.int(),
});

const failure = z.object({
  expected: z.string(),
  actual: z.string(),
  bytes: byteDifference.optional(),
  cause: z.string().optional(),
  hint: z.string().optional(),
  steps: z.array(z.string()),
  stderr: z.string(),
  crash: z.object({ code: z.int().nullable(), signal: z.string().nullable() }).optional(),
});

const result = z.object({
  id: z.string(),
  title: z.string(),
  rule: z.string(),
  level: z.enum(['must', 'should', 'info']),
  verdict: z.enum(['pass', 'fail', 'not judged']),
  why: z.string().optional(),
  failure: failure.optional(),
  durationMs: z.number(),
});

const counts = z.object({
  passed: z.int(),
  failed: z.int(),
  notJudged: z.int(),
  why: z.array(z.string()),
});

/** Schema of the document that `check --json` prints. */
export const checkReportSchema = z.object({
  schema: z.literal('check-report'),
  version: z.literal(1),
  seed: z.int(),
  tier: z.enum(['quick', 'full']),
  counts,
  servers: z.array(
    z.object({
      name: z.string(),
      protocol: z.string(),
      track: z.string(),
      arena: z.boolean(),
      whyNoArena: z.string().optional(),
      durationMs: z.number(),
      counts,
      results: z.array(result),
    }),
  ),
});

export type CheckReport = z.infer<typeof checkReportSchema>;

export function checkReport(
  reports: readonly ServerReport[],
  seed: number,
  tier: 'quick' | 'full',
): CheckReport {
  return {
    schema: 'check-report',
    version: 1,
    seed,
    tier,
    counts: count(reports.flatMap(({ results }) => results)),
    servers: reports.map(({ spec, results, durationMs, whyNoArena }) => ({
      name: spec.name,
      protocol: spec.protocol,
      track: spec.track,
      arena: whyNoArena === undefined,
      ...(whyNoArena === undefined ? {} : { whyNoArena }),
      durationMs: Math.round(durationMs),
      counts: count(results),
      results: results.map(resultJson),
    })),
  };
}

function resultJson({ failure, server: _, ...plain }: CheckResult): z.infer<typeof result> {
  if (!failure) return plain;
  const { facts, ...rest } = failure;
  const { bytes, ...texts } = facts;
  return { ...plain, failure: { ...rest, ...texts, ...(bytes ? { bytes: bytesJson(bytes) } : {}) } };
}

type Bytes = NonNullable<NonNullable<CheckResult['failure']>['facts']['bytes']>;

function bytesJson({ expected, actual, ...numbers }: Bytes): z.infer<typeof byteDifference> {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return { ...numbers, expectedHex: hex(expected), actualHex: hex(actual) };
}

/**
 * The results as one JSON document. The schema here is the published one; a document always carries its name
 * and version.
 */
import { z } from 'zod';
import { type CheckResult, count, type Failure } from '../checks/result.ts';
import { type FailureFields, failureFields, failureFieldsSchema, type RunFacts } from './fields.ts';
import type { ServerReport } from './text.ts';

const result = z.object({
  id: z.string(),
  title: z.string(),
  rule: z.string(),
  level: z.enum(['must', 'should', 'info']),
  verdict: z.enum(['pass', 'fail', 'not judged']),
  why: z.string().optional(),
  failure: failureFieldsSchema.optional(),
  note: failureFieldsSchema.optional(),
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

export function checkReport(reports: readonly ServerReport[], run: RunFacts): CheckReport {
  return {
    schema: 'check-report',
    version: 1,
    ...run,
    counts: count(reports.flatMap(({ results }) => results)),
    servers: reports.map(({ spec, results, durationMs, whyNoArena }) => ({
      name: spec.name,
      protocol: spec.protocol,
      track: spec.track,
      arena: whyNoArena === undefined,
      ...(whyNoArena === undefined ? {} : { whyNoArena }),
      durationMs: Math.round(durationMs),
      counts: count(results),
      results: results.map((one) => resultJson(one, (seen) => failureFields(one, seen, spec, run))),
    })),
  };
}

function resultJson(
  { failure, note, server: _, ...plain }: CheckResult,
  fieldsOf: (seen: Failure) => FailureFields,
): z.infer<typeof result> {
  return {
    ...plain,
    ...(failure ? { failure: fieldsOf(failure) } : {}),
    ...(note ? { note: fieldsOf(note) } : {}),
  };
}

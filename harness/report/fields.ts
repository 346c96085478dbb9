/**
 * One failed check (or a note) as plain named values: what every report for machines says of it, in the same words.
 *
 * Bytes are hexadecimal here. Text of a server is as it came; each format escapes it in its own way.
 */
import { z } from 'zod';
import type { ByteDifference } from '../checks/check.ts';
import type { CheckResult, Failure } from '../checks/result.ts';
import type { ServerSpec } from '../servers.ts';
import { replayCommand } from './failure.ts';

const byteDifference = z.object({
  offset: z.int(),
  windowOffset: z.int(),
  expectedHex: z.string(),
  actualHex: z.string(),
  expectedLength: z.int(),
  actualLength: z.int(),
});

export const failureFieldsSchema = z.object({
  expected: z.string(),
  actual: z.string(),
  bytes: byteDifference.optional(),
  cause: z.string().optional(),
  hint: z.string().optional(),
  steps: z.array(z.string()),
  stderr: z.string(),
  crash: z.object({ code: z.int().nullable(), signal: z.string().nullable() }).optional(),
  seed: z.int(),
  replay: z.string(),
});

export type FailureFields = z.infer<typeof failureFieldsSchema>;

/** How a run was started: what a replay needs. */
export interface RunFacts {
  seed: number;
  tier: 'quick' | 'full';
}

/** The values of one failure or note of a result. */
export function failureFields(
  { id }: CheckResult,
  { facts, ...rest }: Failure,
  spec: ServerSpec,
  run: RunFacts,
): FailureFields {
  const { bytes, ...texts } = facts;
  return {
    ...texts,
    ...(bytes ? { bytes: bytesFields(bytes) } : {}),
    ...rest,
    seed: run.seed,
    replay: replayCommand(id, spec, run),
  };
}

function bytesFields({ expected, actual, ...numbers }: ByteDifference): NonNullable<FailureFields['bytes']> {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return { ...numbers, expectedHex: hex(expected), actualHex: hex(actual) };
}

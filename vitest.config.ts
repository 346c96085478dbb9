import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{servers-ts,servers-c,clients,harness}/test/**/*.test.ts'],
    // Tests start servers and read /proc: processes, not threads, and no more of them than a small machine has cores.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Node starts by the hundred here. Servers get an environment of their own; tests that start many hand this on.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'build', 'compile-cache') },
    // A flaky test is a defect: it is never run twice. Files run in an order drawn anew, whose seed Vitest prints.
    retry: 0,
    sequence: { shuffle: { files: true, tests: false } },
    reporters: ['default', './harness/test/summary-reporter.ts'],
  },
});

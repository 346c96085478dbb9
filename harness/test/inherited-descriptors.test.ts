import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { arenaMode, whyNoArena } from '../arena.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What a program prints whose caller left 10, 200 and 300 open: behind a gap, where Node itself does not look. */
async function calledWithOpenDescriptors(args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-c', 'exec 10</dev/null 200</dev/null 300</dev/null; "$0" "$@"; exit 0', process.execPath, ...args],
    { cwd: ROOT, env: { ...process.env, ARENA: 'off' } },
  );
  return stdout;
}

/** Says which of the three it has. */
const TELLS = ['sh', '-c', 'echo has: $(ls /proc/self/fd | grep -xE "10|200|300")'];

describe('descriptors that the caller of the harness left open', () => {
  it('are closed, so that no child has them', async () => {
    const tell = `process.stdout.write(require('node:child_process').spawnSync('sh', ${JSON.stringify(TELLS.slice(1))}).stdout)`;
    const close = `require('./harness/inherited-descriptors.ts').closeInheritedDescriptors()`;
    expect(await calledWithOpenDescriptors(['-e', tell])).toMatch(/^has: (10 )?200 300$/m);
    expect(await calledWithOpenDescriptors(['-e', `${close}; ${tell}`])).toBe('has:\n');
  });

  it('do not reach a server that the command line starts', async () => {
    const command = `${TELLS[0]} ${TELLS[1]} '${TELLS[2]}'`;
    const args = ['check', '--server', 'tcp-echo', '--id', 'ready.line', '--cmd', command];
    expect(await calledWithOpenDescriptors(['harness/cli.ts', ...args])).toContain(
      'it printed "has:" instead',
    );
  });

  it('do not reach a server in the arena', async ({ skip }) => {
    const why = await whyNoArena();
    if (why !== undefined && arenaMode() !== 'require') skip(why);
    const run = `
      const { catalogue } = await import('./harness/checks/catalogue.ts');
      const { runInArena } = await import('./harness/arena.ts');
      const { commandServer } = await import('./harness/servers.ts');
      const spec = commandServer('tcp-echo', ${JSON.stringify(TELLS)});
      const checks = catalogue.filter(({ id }) => id === 'ready.line');
      const { results } = await runInArena({ spec, checks, seed: 1, tier: 'quick' }, 'auto');
      process.stdout.write(results[0].failure.facts.actual)`;
    expect(await calledWithOpenDescriptors(['--input-type=module', '-e', run])).toBe(
      'it printed "has:" instead of a ready line',
    );
  });
});

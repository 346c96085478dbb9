/**
 * `serve`: runs a reference server in the foreground, with its logs on the terminal. Ctrl-C reaches it as it
 * would in production.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { Command } from 'commander';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { missingBuild, referenceServer, type Suite, type Track } from '../servers.ts';
import { serverOption, trackOption, wholeNumber } from './arguments.ts';

interface Options {
  server: Suite;
  track: Track;
  port: number;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('run a reference server in the foreground; Ctrl-C stops it')
    .addOption(serverOption().default('tcp-echo'))
    .addOption(trackOption().default('ts'))
    .option('--port <n>', 'port to listen on; 0 lets the kernel choose', wholeNumber(0, 65535), 0)
    .argument('[flags...]', 'more flags for the server, after --')
    .action(serve);
}

async function serve(flags: string[], { server, track, port }: Options): Promise<void> {
  const spec = referenceServer(server, track);
  const missing = missingBuild(spec);
  if (missing) throw new Refusal(missing, ExitCode.unavailable);
  const [program, ...leading] = spec.argv;
  const child = spawn(program, [...leading, '--port', String(port), ...flags], {
    stdio: 'inherit',
    env: { ...process.env, ...spec.env },
  });
  // Ctrl-C goes to the whole foreground group, so the server has it already; a signal sent to us alone is
  // passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGTERM'));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  process.exitCode = code ?? ExitCode.signalBase + (signal ? constants.signals[signal] : 0);
}

/**
 * A small workshop in a temporary folder: two exercises of tcp-echo, in both languages, with solutions, READMEs and manifests
 * that keep every rule. Tests of harness/learn change one thing and look what is said.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const CONTRACT_TS = `/** Given: the ready line. */
export function printReady(port: number): void {
  const ready = { ready: true, protocol: 'tcp-echo', transport: 'tcp', host: '127.0.0.1', port, pid: process.pid };
  process.stdout.write(\`\${JSON.stringify(ready)}\\n\`);
}
`;

const SERVER_TS = `import { type AddressInfo, createServer } from 'node:net';
import { printReady } from '../../given/ts/contract.ts';

const server = createServer({ allowHalfOpen: true }, (socket) => {
  // BEGIN SOLUTION: send every chunk back, and end when the peer has ended
  socket.on('data', (chunk) => socket.write(chunk));
  socket.on('end', () => socket.end());
  // STUB: socket.on('data', () => {});
  // END SOLUTION
  socket.on('error', () => socket.destroy());
});
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => printReady((server.address() as AddressInfo).port));
`;

const CONTRACT_H = `#pragma once
void print_ready(int port);
`;

const CONTRACT_C = `#include "contract.h"
#include <stdio.h>
#include <unistd.h>

void print_ready(int port) {
    printf("{\\"ready\\":true,\\"protocol\\":\\"tcp-echo\\",\\"port\\":%d,\\"pid\\":%d}\\n", port, (int)getpid());
    fflush(stdout);
}
`;

const SERVER_C = `#include "../../given/c/contract.h"
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int connection) {
    /* BEGIN SOLUTION: read until the peer has ended, and write back what came */
    char buffer[4096];
    for (ssize_t n; (n = recv(connection, buffer, sizeof buffer, 0)) > 0;)
        if (send(connection, buffer, (size_t)n, MSG_NOSIGNAL) < 0)
            break;
    /* STUB: (void)connection; */
    /* END SOLUTION */
}

static void stop(int signal_number) {
    (void)signal_number;
    _exit(0);
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 16) < 0)
        return 69;
    getsockname(listener, (struct sockaddr *)&address, &length);
    signal(SIGTERM, stop);
    print_ready(ntohs(address.sin_port));
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            continue;
        serve(connection);
        close(connection);
    }
}
`;

const README = [
  '# An exercise',
  ...['Why', 'Task', 'Contract', 'Try it', 'Questions', 'What the reference server adds'].flatMap((title) => [
    '',
    `## ${title}`,
    '',
    ...Array.from({ length: 5 }, (_, line) => `Line ${line} of the section.`),
  ]),
].join('\n');

/** What an exercise.json of the planted workshop says. */
export function plantedManifest(id: string, checks: readonly string[]): Record<string, unknown> {
  return {
    id,
    title: `The exercise ${id}`,
    suite: 'tcp-echo',
    languages: ['ts', 'c'],
    checks,
    hints: ['Look at the loop.', 'Nothing is written back.', 'Write what was read.'],
    files: { ts: ['server.ts'], c: ['server.c'] },
  };
}

/** Files by path from its root. */
const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'solutions/given/ts/contract.ts': CONTRACT_TS,
  'solutions/given/c/contract.c': CONTRACT_C,
  'solutions/given/c/contract.h': CONTRACT_H,
  ...exerciseFiles('01-first', ['ready.line', 'tcp.echo-basic']),
  ...exerciseFiles('02-second', ['tcp.half-close']),
};

function exerciseFiles(folder: string, checks: readonly string[]): Record<string, string> {
  return {
    [`solutions/${folder}/ts/server.ts`]: SERVER_TS,
    [`solutions/${folder}/c/server.c`]: SERVER_C,
    [`exercises/${folder}/README.md`]: `${README}\n`,
    [`exercises/${folder}/exercise.json`]: JSON.stringify(plantedManifest(folder.slice(3), checks)),
  };
}

/** A workshop of its own for one test. */
export class PlantedExercises {
  readonly root = mkdtempSync(join(tmpdir(), 'exercises-'));

  constructor() {
    this.plant();
  }

  /** Begins anew; what else stands in the folder stays. */
  plant(): void {
    for (const room of ['exercises', 'solutions', 'build'])
      rmSync(join(this.root, room), { recursive: true, force: true });
    for (const [path, text] of Object.entries(FILES)) this.write(path, text);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** Replaces one piece of a file. @throws {Error} when it is not there */
  edit(path: string, before: string, after: string): void {
    const text = this.read(path);
    if (!text.includes(before)) throw new Error(`${path} does not contain ${before}`);
    this.write(
      path,
      text.replace(before, () => after),
    );
  }

  /** Replaces fields of an exercise.json; undefined takes one out. */
  editManifest(folder: string, fields: Record<string, unknown>): void {
    const path = `exercises/${folder}/exercise.json`;
    this.write(path, JSON.stringify({ ...JSON.parse(this.read(path)), ...fields }));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

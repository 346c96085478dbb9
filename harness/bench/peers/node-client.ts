/**
 * A closed-loop load generator in Node, as fast as Node allows: one reused read buffer per connection and one write per reply.
 * What the native engine is compared with. It counts bytes and does not look at them.
 *
 *   node node-client.ts --port N [--host ADDR] [--connections 64] [--bytes 64] [--warmup-ms 1000] [--duration-ms 1000]
 *
 * prints {"messages":N,"durationNs":N,"messagesPerSecond":N,"cpuNsPerMessage":N}.
 */
import { connect } from 'node:net';
import { setTimeout as elapsed } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string' },
    connections: { type: 'string', default: '64' },
    bytes: { type: 'string', default: '64' },
    'warmup-ms': { type: 'string', default: '1000' },
    'duration-ms': { type: 'string', default: '1000' },
  },
});
const message = Buffer.alloc(Number(values.bytes), 0x61);
let messages = 0;

function open(): void {
  let missing = message.length;
  const socket = connect({
    host: values.host,
    port: Number(values.port),
    noDelay: true,
    onread: {
      buffer: Buffer.alloc(64 * 1024),
      callback: (length) => {
        missing -= length;
        if (missing > 0) return true;
        missing = message.length;
        messages++;
        socket.write(message);
        return true;
      },
    },
  });
  socket.on('error', (error) => {
    process.stderr.write(`node-client: ${error.message}\n`);
    process.exit(69);
  });
  socket.write(message);
}

for (let i = 0; i < Number(values.connections); i++) open();
await elapsed(Number(values['warmup-ms']));
const [begin, first, cpu] = [process.hrtime.bigint(), messages, process.cpuUsage()];
await elapsed(Number(values['duration-ms']));
const durationNs = Number(process.hrtime.bigint() - begin);
const measured = messages - first;
const { user, system } = process.cpuUsage(cpu);
const cpuNsPerMessage = ((user + system) * 1000) / measured;
const messagesPerSecond = Math.round((measured * 1e9) / durationNs);
process.stdout.write(
  `${JSON.stringify({ messages: measured, durationNs, messagesPerSecond, cpuNsPerMessage })}\n`,
);
process.exit(0);

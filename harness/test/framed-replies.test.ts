/**
 * The reference servers of the framed protocol give exactly the replies of harness/vectors/framed-replies.txt, then FIN.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../process.ts';
import { referenceServer, type Track } from '../servers.ts';
import { readFramedReplyVectors } from '../vectors/read.ts';

const vectors = readFramedReplyVectors();
const limits = [...new Set(vectors.map(({ maxFrameSize }) => maxFrameSize))];

/** Sends the bytes and FIN, and reads until the server's FIN; a reset rejects. */
async function repliesTo(port: number, request: Buffer): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  try {
    await once(socket, 'connect');
    const replies = buffer(socket);
    socket.end(request);
    return await replies;
  } finally {
    socket.destroy();
  }
}

describe.each<Track>(['ts', 'c'])('framed/%s', (track) => {
  describe.each(limits)('with --max-frame-size %i', (maxFrameSize) => {
    let server: ServerProcess;

    beforeAll(async () => {
      server = new ServerProcess(referenceServer('framed', track), { 'max-frame-size': maxFrameSize });
      await server.ready;
    });

    afterAll(async () => {
      await server.stop();
    });

    it.each(vectors.filter((vector) => vector.maxFrameSize === maxFrameSize))(
      'answers $name',
      async ({ request, reply }) => {
        const replies = await repliesTo(server.port, request);
        // Not toEqual on a megabyte: its difference would take minutes to print.
        expect(replies.length < 4096 ? replies.toString('hex') : replies.equals(reply)).toEqual(
          replies.length < 4096 ? reply.toString('hex') : true,
        );
      },
    );
  });
});

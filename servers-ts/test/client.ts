// A TCP client for tests: collects what comes, and says how the connection ended.
//
// All listeners are attached at once, so that no event can be missed. It knows no protocol.

import * as net from 'node:net';

export class Client {
  readonly socket: net.Socket;
  error: string | null = null;
  private chunks: Buffer[] = [];
  private length = 0;
  private ended = false;
  private wake = (): void => {};

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.length += chunk.length;
      this.wake();
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    this.socket.on('end', () => this.onEnd());
    this.socket.on('close', () => this.onEnd());
  }

  /** The next `length` bytes. Rejects when the connection ends before. */
  async take(length: number): Promise<Buffer> {
    while (this.length < length) {
      if (this.ended)
        throw new Error(`${length} bytes expected, ${this.length} came (${this.error ?? 'FIN'})`);
      await this.next();
    }
    const all = this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks);
    this.chunks = [all.subarray(length)];
    this.length -= length;
    return all.subarray(0, length);
  }

  /** "FIN", or the error with which the connection ended. Rejects when bytes are left over. */
  async ending(): Promise<string> {
    while (!this.ended) await this.next();
    if (this.length > 0) throw new Error(`${this.length} bytes were not expected`);
    return this.error ?? 'FIN';
  }

  private onEnd(): void {
    this.ended = true;
    this.wake();
  }

  private next(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

/**
 * A reply as the clients show it, whatever the protocol.
 */

export type Reply = {
  /** Offset of the reply's first byte in what the server sent; for datagrams the number of the datagram. */
  readonly offset: number;
  /** What the application gets: the payload without headers. */
  readonly payload: Buffer;
  /** The bytes as they were received, where they are more than the payload. */
  readonly wire?: Buffer;
  /** From the send to the last byte of the reply; absent where no request asked for it. */
  readonly latencyMs?: number;
  readonly id?: number;
  /** What kind of reply, in words: `ECHO`, `ERROR 3 UNKNOWN_TYPE`. */
  readonly kind?: string;
};

/** Called for each reply, in the order of arrival. */
export type ReplyListener = (reply: Reply) => void;

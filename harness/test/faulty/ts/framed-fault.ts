/** What one wrong server has that the framed base has not: the places where framed.ts and its parts may be told to leave the right way. */
import type { Session } from './framed.ts';
import type { Header } from './frames.ts';

/** What a fault may change; absent means: as it should be. */
export interface FramedFault {
  /** Reading goes on, however much waits. */
  ignoresPending?: true;
  /** Changes the type of a request. */
  type?: (type: number) => number;
  /** Which of two header errors is reported, if any. */
  headerError?: (header: Header, maxFrameSize: number) => 0 | 1 | 2;
  /** The type is looked at as soon as the header is there. */
  unknownAtOnce?: true;
  /** After UNKNOWN_TYPE nothing more is parsed. */
  unknownIsFatal?: true;
  /** Bytes that DISCARD reports. */
  discarded?: (length: number, lastRead: number) => number;
  mostDelayMs?: number;
  delayMs?: (ms: number) => number;
  /** Frames behind a DELAY wait for it. */
  delayBlocks?: true;
  /** Of the reply to DISCARD. */
  discardFlags?: number;
  /** Takes the place of holding a DELAY's reply until it is due. */
  holdDelay?: (session: Session, reply: Buffer, ms: number) => void;
  errorText?: (name: string, payload: Uint8Array) => string;
  /** Byte k of a GENERATE. */
  patternByte?: (k: number) => number;
  /** FIN does not wait for what is outstanding. */
  forgetsDelaysAtEof?: true;
  /** A frame that takes too long is not noticed. */
  noFrameTimeout?: true;
  /** GOAWAY is left out, or its count changed. */
  goaway?: (session: Session, completes: boolean) => number | undefined;
  /** The frames that arrive behind the last one of a drain are answered too. */
  drainReadsOn?: true;
  drainDropsDelays?: true;
  refusesSilently?: true;
  /** A DELAY that is outstanding does not keep the connection from being idle. */
  idleCutsDelays?: true;
}

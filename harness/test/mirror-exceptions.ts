/**
 * What only one of the two languages needs, each with its reason: the exceptions of the mirror test.
 *
 * The list is closed on both sides: a difference that is not here fails, and so does an entry that is no difference.
 */

interface Exception {
  name: string;
  why: string;
}

interface Exceptions {
  modules: Exception[];
  names: Exception[];
  limits: Exception[];
}

/** The sections of every program. */
export const SECTIONS = ['options', 'accept', 'read', 'write', 'half-close', 'close', 'main'];

export const ONLY_IN_C: Exceptions = {
  modules: [
    { name: 'net/address', why: 'Node takes a string and a number' },
    { name: 'net/loop', why: 'Node brings its own event loop' },
    { name: 'net/segments', why: 'Node sends one datagram per system call: nothing to join' },
    { name: 'net/timer', why: 'Node brings its own timers' },
    { name: 'wire/buffer', why: 'TypeScript has Buffer' },
  ],
  names: [
    { name: 'connection.state', why: 'a property in TypeScript' },
    { name: 'connection.stateConst', why: 'a property in TypeScript, which has no const pointers' },
    { name: 'connection.loop', why: 'a thread of Node has one event loop' },
    { name: 'connection.writeOwned', why: 'memory that is collected needs no owner: write() does' },
    { name: 'connections.remove', why: 'a Set in TypeScript' },
    { name: 'cursor.here', why: 'a pointer; TypeScript has bytes and offset' },
    { name: 'datagram.start', why: 'Node receives as soon as it is bound' },
    { name: 'gather.sendSlices', why: 'what is pending is sent by the socket of Node' },
    { name: 'listener.start', why: 'Node accepts as soon as it listens' },
    { name: 'listener.retry', why: 'libuv deals with EMFILE by itself' },
    { name: 'log.fields', why: 'a macro behind the other macros' },
    { name: 'log.number', why: 'fields are an object in TypeScript' },
    { name: 'log.text', why: 'fields are an object in TypeScript' },
    { name: 'pending.drop', why: 'a queue in TypeScript leaves all at once: take()' },
    { name: 'pending.slices', why: 'a queue in TypeScript is one piece: take()' },
    { name: 'replies.prepare', why: 'a module of TypeScript fills its constants when it is loaded' },
    { name: 'worker.close', why: 'the end of the process frees everything' },
    { name: 'worker.connections', why: 'threads of Node share no memory: the answer to drain() says it' },
    { name: 'worker.join', why: 'threads of Node report that they have drained' },
    { name: 'worker.order', why: 'threads of Node get their orders as messages' },
    { name: 'worker.serve', why: 'Node serves as soon as it listens' },
  ],
  limits: [
    { name: 'ACCEPTS_PER_TURN', why: 'libuv has its own' },
    { name: 'ACCEPT_RETRY_MS', why: 'libuv deals with EMFILE by itself' },
    { name: 'BATCH_DATAGRAMS', why: 'Node receives one datagram per system call' },
    { name: 'LOG_ADDRESS_BYTES', why: 'strings of TypeScript have no size' },
    { name: 'PENDING_BLOCK_BYTES', why: 'a queue in TypeScript is one piece' },
  ],
};

export const ONLY_IN_TYPESCRIPT: Exceptions = {
  modules: [
    { name: 'net/deadlines', why: 'one timer of Node for many connections; C has net/timer' },
    { name: 'net/handle', why: 'the fast path around the stream machinery of Node; C has none to go around' },
  ],
  names: [
    { name: 'frame.newHeader', why: 'a struct on the stack in C' },
    { name: 'frame.newParser', why: 'a zeroed struct in C' },
    { name: 'lifecycle.explain', why: 'parse() prints by itself in C; here it returns what to print' },
    { name: 'log.errorName', why: 'errno is a number in C' },
    { name: 'log.isShown', why: 'saves asking Node for an address that nobody reads' },
    { name: 'log.writeFor', why: 'the main thread writes for its workers' },
    { name: 'pending.take', why: 'a queue in TypeScript leaves all at once' },
    { name: 'worker.runThread', why: 'a thread of Node runs the whole program again' },
  ],
  limits: [],
};

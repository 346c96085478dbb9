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
    { name: 'connection.close', why: 'memory that is collected: Node says when a descriptor is closed' },
    { name: 'connection.state', why: 'a property in TypeScript' },
    { name: 'connection.stateConst', why: 'a property in TypeScript, which has no const pointers' },
    { name: 'connection.loop', why: 'a thread of Node has one event loop' },
    { name: 'connection.writeOwned', why: 'memory that is collected needs no owner: write() does' },
    { name: 'connections.remove', why: 'a Set in TypeScript' },
    { name: 'cursor.here', why: 'a pointer; TypeScript has bytes and offset' },
    { name: 'datagram.start', why: 'Node receives as soon as it is bound' },
    { name: 'ending.fail', why: 'a socket of Node that fails closes by itself' },
    { name: 'gather.sendSlices', why: 'what is pending is sent by the socket of Node' },
    { name: 'input.read', why: 'Node reads by itself, and brings the bytes to received()' },
    { name: 'interest.changed', why: 'libuv tells epoll what is waited for' },
    { name: 'interest.inInput', why: 'libuv tells epoll what is waited for' },
    { name: 'interest.settle', why: 'libuv tells epoll what is waited for' },
    { name: 'listener.start', why: 'Node accepts as soon as it listens' },
    { name: 'listener.retry', why: 'libuv deals with EMFILE by itself' },
    { name: 'log.fields', why: 'a macro behind the other macros' },
    { name: 'log.number', why: 'fields are an object in TypeScript' },
    { name: 'log.text', why: 'fields are an object in TypeScript' },
    { name: 'output.sendMore', why: 'what is pending is sent by the socket of Node' },
    { name: 'pending.drop', why: 'a queue in TypeScript leaves all at once: take()' },
    { name: 'pending.slices', why: 'a queue in TypeScript is one piece: take()' },
    { name: 'replies.prepare', why: 'a module of TypeScript fills its constants when it is loaded' },
    { name: 'session.resetForMemory', why: 'a process of Node ends when memory is short' },
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
    { name: 'input.onPeerFin', why: 'an event of the socket of Node; in C read() finds it' },
    { name: 'input.received', why: 'an event of the socket of Node; in C read() calls it' },
    { name: 'interest.yieldTurn', why: 'libuv would read on; in C a connection gets one read per turn' },
    { name: 'lifecycle.explain', why: 'parse() prints by itself in C; here it returns what to print' },
    { name: 'log.errorName', why: 'errno is a number in C' },
    { name: 'log.isShown', why: 'saves asking Node for an address that nobody reads' },
    { name: 'log.writeFor', why: 'the main thread writes for its workers' },
    { name: 'output.hasMoved', why: 'Node says nothing of the parts of one large write' },
    { name: 'pending.take', why: 'a queue in TypeScript leaves all at once' },
    { name: 'session.takeRequest', why: 'wire/buffer does it in C' },
    { name: 'worker.runThread', why: 'a thread of Node runs the whole program again' },
  ],
  limits: [],
};

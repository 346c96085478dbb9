/*
 * A thread for each connection: each may block, and none waits for another.
 *
 * Given. It does not bound the number of threads: what they cost is the subject of exercise 06.
 */
#ifndef THREADS_H
#define THREADS_H

#include <stdint.h>

/*
 * Accepts connections for ever. For each a new thread calls serve(), sends FIN when it returns,
 * waits at most `linger_ms` for the FIN of the peer, and closes the connection.
 */
_Noreturn void threads_run(int listener, void (*serve)(int fd), uint32_t linger_ms);

#endif

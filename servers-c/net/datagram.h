/*
 * A UDP socket on one worker's loop: one batch of datagrams per turn, handed to the program one by
 * one, and the replies sent as one batch.
 *
 * When the kernel takes no more, the rest of the batch waits and nothing is received meanwhile, so
 * memory is one batch. A reply that cannot be sent is counted and logged: sent + failed =
 * received.
 * Mirrors servers-ts/net/datagram.ts.
 */
#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "options.h"

#define BATCH_DATAGRAMS 64

/* More than the largest UDP payload (65,527 bytes over IPv6), so that nothing is ever cut. */
#define DATAGRAM_BYTES 65536

/* One datagram on its way through a handler. */
struct datagram {
    uint8_t *bytes;
    size_t length;
    struct datagram_socket *socket;
    uint32_t index; /* in the batch */
};

struct datagram_counts {
    uint64_t received;
    uint64_t sent;
    uint64_t failed;
};

struct datagram_handlers {
    void (*on_datagram)(struct datagram *datagram);
};

struct datagram_socket;

/*
 * Sends bytes to the sender of this datagram when the batch is done; at most one reply each. The
 * bytes may be the datagram's own and must stay until the next turn.
 */
void datagram_reply(struct datagram *datagram, const uint8_t *bytes, size_t length);

/* Binds. *port is the port asked for, and then the port bound. NULL with errno. */
struct datagram_socket *datagram_open(struct loop *loop, const struct options *options,
                                      const struct datagram_handlers *handlers, bool reuse_port,
                                      uint32_t *port);

/* Begins to receive. -1 with errno. */
int datagram_start(struct datagram_socket *socket);

/* Answers what one more receive call returns. */
void datagram_drain(struct datagram_socket *socket);

void datagram_close(struct datagram_socket *socket);

struct datagram_counts datagram_counts(const struct datagram_socket *socket);

#endif

/*
 * Slices on their way to one socket with one system call, however many replies they hold.
 *
 * Slices that lie side by side become one. Nothing is copied but what gather_save() moves to a
 * pending queue. It does not know whose slices they are: that is connection/output.c's
 * business.
 * Mirrors servers-ts/net/gather.ts.
 */
#ifndef NET_GATHER_H
#define NET_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "pending.h"

/* Slices in one system call; the kernel's own limit is 1,024. */
#define GATHER_SLICES 256

/* Room for small replies that are put together rather than passed through. */
#define GATHER_REPLY_BYTES 65536

struct gather {
    size_t count;
    size_t length; /* bytes in all slices */
    size_t reserved;
    struct iovec slices[GATHER_SLICES];
    uint8_t *owned[GATHER_SLICES]; /* to be freed with the slice, or NULL */
    uint8_t replies[GATHER_REPLY_BYTES];
};

/* True when there is room for one more slice, and for a reply of `length` bytes. */
bool gather_has_room(const struct gather *gather, size_t length);

/*
 * Adds a slice. The bytes must stay until gather_clear(), which also frees `owned` if it is not
 * NULL.
 */
void gather_add(struct gather *gather, const uint8_t *bytes, size_t length, uint8_t *owned);

/* Room for a reply, after gather_has_room() said so. */
uint8_t *gather_reserve(struct gather *gather, size_t length);

/*
 * Sends with one call. Returns how many bytes the kernel took, 0 when it takes none now; -1 with
 * errno.
 */
ssize_t gather_send(struct gather *gather, int fd);

/* Copies what is left after the first `sent` bytes to the queue. False when memory is short. */
bool gather_save(const struct gather *gather, size_t sent, struct pending *pending);

void gather_clear(struct gather *gather);

/* The same one call for slices from anywhere. */
ssize_t gather_send_slices(int fd, struct iovec *slices, size_t count);

#endif

/*
 * Slices on their way to one socket with one system call: see gather.h.
 *
 * Only in C: Node gathers by itself, between cork() and uncork().
 */
#include "gather.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

bool gather_has_room(const struct gather *gather, size_t length) {
    return gather->count < GATHER_SLICES && length <= GATHER_REPLY_BYTES - gather->reserved;
}

void gather_add(struct gather *gather, const uint8_t *bytes, size_t length, uint8_t *owned) {
    gather->length += length;
    if (gather->count > 0 && owned == NULL) {
        struct iovec *last = &gather->slices[gather->count - 1];
        if ((const uint8_t *)last->iov_base + last->iov_len == bytes) {
            last->iov_len += length;
            return;
        }
    }
    gather->owned[gather->count] = owned;
    gather->slices[gather->count++] =
        (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
}

uint8_t *gather_reserve(struct gather *gather, size_t length) {
    uint8_t *room = gather->replies + gather->reserved;
    gather->reserved += length;
    return room;
}

ssize_t gather_send_slices(int fd, struct iovec *slices, size_t count) {
    struct msghdr message = {.msg_iov = slices, .msg_iovlen = count};
    ssize_t sent;
    do { /* one slice is the common case, and send() is the shorter way through the kernel */
        sent = count == 1 ? send(fd, slices->iov_base, slices->iov_len, MSG_NOSIGNAL)
                          : sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno == EAGAIN) {
        return 0;
    }
    return sent;
}

ssize_t gather_send(struct gather *gather, int fd) {
    return gather_send_slices(fd, gather->slices, gather->count);
}

bool gather_save(const struct gather *gather, size_t sent, struct pending *pending) {
    for (size_t i = 0; i < gather->count; i++) {
        const struct iovec *slice = &gather->slices[i];
        size_t skipped = sent < slice->iov_len ? sent : slice->iov_len;
        sent -= skipped;
        if (!pending_append(pending, (const uint8_t *)slice->iov_base + skipped,
                            slice->iov_len - skipped)) {
            return false;
        }
    }
    return true;
}

void gather_clear(struct gather *gather) {
    for (size_t i = 0; i < gather->count; i++) {
        free(gather->owned[i]);
    }
    gather->count = 0;
    gather->length = 0;
    gather->reserved = 0;
}

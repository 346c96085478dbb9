/*
 * The framed protocol's ECHO over epoll with one send for every frame: what batching the replies of
 * one read is compared with.
 *
 * Same read size and same event loop as the reference server, so that the sends are the difference.
 * ECHO of at most 64 KiB only; anything else closes the connection.
 */
#include "contract.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADER_BYTES = 8,
    LARGEST_PAYLOAD_BYTES = 64 * 1024,
    BUFFER_BYTES = 4 * LARGEST_PAYLOAD_BYTES,
    EVENTS_PER_WAIT = 256,
    TYPE_ECHO = 0x01,
    TYPE_ECHO_REPLY = 0x81,
};

struct connection {
    int fd;
    size_t used;
    uint8_t buffer[BUFFER_BYTES];
};

static uint32_t read_u32(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Answers every complete frame in the buffer and keeps the rest: 0, or -1 when the connection must
 * end. */
static int answer_frames(struct connection *connection) {
    size_t offset = 0;
    while (connection->used - offset >= HEADER_BYTES) {
        uint8_t *frame = connection->buffer + offset;
        size_t length = read_u32(frame);
        if (length > LARGEST_PAYLOAD_BYTES || frame[4] != TYPE_ECHO || frame[5] != 0)
            return -1;
        if (connection->used - offset < HEADER_BYTES + length)
            break;
        frame[4] = TYPE_ECHO_REPLY;
        if (peer_send_all(connection->fd, frame, HEADER_BYTES + length) != 0)
            return -1;
        offset += HEADER_BYTES + length;
    }
    connection->used -= offset;
    memmove(connection->buffer, connection->buffer + offset, connection->used);
    return 0;
}

static void on_readable(struct connection *connection) {
    ssize_t length = recv(connection->fd, connection->buffer + connection->used,
                          sizeof connection->buffer - connection->used, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length > 0) {
        connection->used += (size_t)length;
        if (answer_frames(connection) == 0)
            return;
    }
    close(connection->fd);
    free(connection);
}

static void on_acceptable(int loop, int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct connection *connection = malloc(sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return;
    }
    connection->fd = fd;
    connection->used = 0;
    peer_set_nodelay(fd);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
        free(connection);
    }
}

int main(int argc, char **argv) {
    struct peer_address address = peer_parse_address(argc, argv);
    peer_exit_on_signals();
    int listener = peer_listen(&address, SOCK_STREAM);
    int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event listening = {.events = EPOLLIN, .data.ptr = NULL};
    if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, &listening) != 0) {
        perror("epoll");
        return 71;
    }
    peer_print_ready(listener, "framed", "tcp");
    for (;;) {
        struct epoll_event events[EVENTS_PER_WAIT];
        int count = epoll_wait(loop, events, EVENTS_PER_WAIT, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL)
                on_acceptable(loop, listener);
            else
                on_readable(events[i].data.ptr);
        }
    }
}

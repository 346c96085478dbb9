/*
 * TCP echo with blocking calls, a thread per connection: the floor of the loopback path.
 *
 * No event loop, no readiness: read, write, read. One round trip costs two system calls and two
 * wake-ups, and a server with an event loop cannot be much faster with one connection. With many
 * connections the threads' switches cost more than a loop.
 */
#include "contract.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* As large as the reference server's, so that bulk echo compares like with like. */
    READ_BUFFER_BYTES = 256 * 1024,
    STACK_BYTES = 2 * READ_BUFFER_BYTES,
};

static void *serve(void *argument) {
    int fd = (int)(intptr_t)argument;
    uint8_t buffer[READ_BUFFER_BYTES];
    for (;;) {
        ssize_t length = recv(fd, buffer, sizeof buffer, 0);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0 || peer_send_all(fd, buffer, (size_t)length) != 0)
            break;
    }
    close(fd);
    return NULL;
}

int main(int argc, char **argv) {
    struct peer_address address = peer_parse_address(argc, argv);
    peer_exit_on_signals();
    int listener = peer_listen(&address, SOCK_STREAM);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    peer_print_ready(listener, "tcp-echo", "tcp");
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0) {
            perror("accept");
            return 71;
        }
        peer_set_nodelay(fd);
        pthread_t thread;
        if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
    }
}

/*
 * A thread for each connection: see threads.h.
 */
#include "threads.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void (*serve_connection)(int fd);
static uint32_t linger_ms;

/* The lingering close of exercise 02: a server that refuses a frame is the first to end. */
static void finish(int fd) {
    uint8_t ignored[4096];
    uint32_t wait_ms = linger_ms > 0 ? linger_ms : 1;
    struct timeval limit = {.tv_sec = wait_ms / 1000, .tv_usec = (wait_ms % 1000) * 1000};
    shutdown(fd, SHUT_WR);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    while (read(fd, ignored, sizeof ignored) > 0) {
    }
    close(fd);
}

static void *run(void *context) {
    int fd = (int)(intptr_t)context;
    /*
     * TCP_NODELAY (tcp(7)): a small reply leaves at once. By default it waits while an earlier one
     * is not acknowledged, in case there is more to send (the Nagle algorithm).
     */
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    serve_connection(fd);
    finish(fd);
    return NULL;
}

/*
 * pthread_create(3) starts a thread. A detached one gives its memory back by itself when it ends.
 * The error is what it returns, not errno: EAGAIN when there are too many threads.
 */
static void start(int fd) {
    pthread_attr_t detached;
    pthread_t thread;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &detached, run, (void *)(intptr_t)fd) != 0) {
        close(fd);
    }
    pthread_attr_destroy(&detached);
}

_Noreturn void threads_run(int listener, void (*serve)(int fd), uint32_t limit_ms) {
    serve_connection = serve;
    linger_ms = limit_ms;
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            start(fd);
        }
    }
}

/*
 * Functions of the library whose place a faulty server takes: one of the same name in its file is
 * linked instead, for all of the base. Here is what they would have done.
 */
#ifndef FAULTY_INSTEAD_H
#define FAULTY_INSTEAD_H

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_DESCRIPTORS = 65536, SIGNAL_SET_BYTES = 8 };

static inline int real_accept4(int listener, struct sockaddr *address, socklen_t *length,
                               int flags) {
    return (int)syscall(SYS_accept4, listener, address, length, flags);
}

static inline int real_close(int fd) {
    return (int)syscall(SYS_close, fd);
}

static inline int real_epoll_ctl(int loop, int operation, int fd, struct epoll_event *event) {
    return (int)syscall(SYS_epoll_ctl, loop, operation, fd, event);
}

static inline int real_epoll_wait(int loop, struct epoll_event *events, int most, int timeout_ms) {
    return (int)syscall(SYS_epoll_pwait, loop, events, most, timeout_ms, NULL, SIGNAL_SET_BYTES);
}

static inline int real_listen(int fd, int backlog) {
    return (int)syscall(SYS_listen, fd, backlog);
}

static inline ssize_t real_read(int fd, void *data, size_t length) {
    return syscall(SYS_read, fd, data, length);
}

static inline int real_setsockopt(int fd, int level, int name, const void *value,
                                  socklen_t length) {
    return (int)syscall(SYS_setsockopt, fd, level, name, value, length);
}

static inline int real_shutdown(int fd, int how) {
    return (int)syscall(SYS_shutdown, fd, how);
}

static inline ssize_t real_write(int fd, const void *data, size_t length) {
    return syscall(SYS_write, fd, data, length);
}

#endif

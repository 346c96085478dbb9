/*
 * What a client may do to its own TCP socket and Node does not offer: send urgent data, and vanish.
 *
 * One system call each; nothing is kept between calls.
 */
#include <errno.h>
#include <linux/filter.h>
#include <stdint.h>
#include <sys/socket.h>

#include "socket_binding.h"
#include "values.h"

napi_value binding_send_urgent(napi_env env, napi_callback_info info) {
    napi_value arguments[2];
    int fd, number;
    if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], &fd) ||
        !read_int(env, arguments[1], &number))
        return NULL;
    uint8_t byte = (uint8_t)number;
    if (send(fd, &byte, 1, MSG_OOB | MSG_NOSIGNAL) < 0)
        return throw_system(env, "send", errno);
    return NULL;
}

/*
 * A packet filter on the socket itself that keeps 0 bytes of everything: TCP sees nothing that
 * comes, answers nothing, and says nothing when the other end gives up. Needs no privilege.
 */
napi_value binding_drop_incoming(napi_env env, napi_callback_info info) {
    napi_value argument;
    int fd;
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog program = {.len = 1, .filter = &nothing};
    if (!read_arguments(env, info, 1, &argument) || !read_int(env, argument, &fd))
        return NULL;
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
        return throw_system(env, "setsockopt", errno);
    return NULL;
}

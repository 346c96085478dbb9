/* Fault: accepted sockets block: a write to a client that does not read waits for it, and everybody
 * else with it. */
#include "base.h"
#include "instead.h"

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    return real_accept4(listener, address, length, flags & ~SOCK_NONBLOCK);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}

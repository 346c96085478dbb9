/* Fault: an accept queue of one, whatever --backlog says. */
#include "base.h"
#include "instead.h"

int listen(int fd, int backlog) {
    (void)backlog;
    return real_listen(fd, 1);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}

/* Fault: accept() fails with EMFILE and the listener stays armed, so that epoll reports it again at
 * once. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.accept_error_ignored = true});
}

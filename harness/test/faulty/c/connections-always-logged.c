/* Fault: each connection is logged, whatever --log-level says. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.connections_logged_always = true});
}

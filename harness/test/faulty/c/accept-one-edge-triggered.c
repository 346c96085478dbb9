/* Fault: edge-triggered epoll with one accept() for each event. Clients that came together wait for
 * the next one. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.accept_one_edge_triggered = true});
}

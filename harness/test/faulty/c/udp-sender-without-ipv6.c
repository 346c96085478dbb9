/* Fault: keeps the sender in a struct sockaddr_in, where an IPv6 address does not fit. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.peer_bytes = sizeof(struct sockaddr_in)});
}

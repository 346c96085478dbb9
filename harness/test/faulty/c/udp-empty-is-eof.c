/* Fault: recvfrom() == 0 is taken for the end, as it would be with TCP. */
#include "base.h"

static bool stop(void) {
    return true;
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.empty_datagram = stop});
}

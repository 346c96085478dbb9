/* Fault: an empty datagram gets no reply. */
#include "base.h"

static bool skip(void) {
    return false;
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.empty_datagram = skip});
}

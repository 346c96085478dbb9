/* Fault: a datagram that gets no reply, because of its sender, is not counted as failed. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.refusals_uncounted = true});
}

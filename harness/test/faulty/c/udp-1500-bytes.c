/* Fault: a buffer of one Ethernet frame. The kernel cuts off what does not fit, and says so only on
 * request. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.datagram_bytes = 1500});
}

/* Fault: reads all that waits into a ring of 128 datagrams before it answers; more overwrite the
 * oldest. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.ring_slots = 128});
}

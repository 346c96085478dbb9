/* Fault: sleeps in its receive call, and looks for a signal after the next datagram only. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.signal_after_datagram = true});
}

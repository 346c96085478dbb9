/* Fault: takes the failure of one reply for the end of the socket. */
#include <stdlib.h>

#include "base.h"

static void give_up(int error) {
    (void)error;
    exit(1);
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.send_failed = give_up});
}

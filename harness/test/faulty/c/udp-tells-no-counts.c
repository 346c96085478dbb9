/* Fault: leaves without a word about what it received and sent. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.counts_untold = true});
}

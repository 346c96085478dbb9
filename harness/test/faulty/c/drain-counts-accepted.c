/* Fault: the drain counts every connection that there ever was. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.drain_counts_accepted = true});
}

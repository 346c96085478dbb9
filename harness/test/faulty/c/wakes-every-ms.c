/* Fault: poll() with a timeout of 1 ms, to look whether there is anything to do. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.wait_at_most_ms = 1});
}

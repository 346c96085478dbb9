/* Fault: SIGTERM drops the DELAYs that are outstanding. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.drain_drops_delays = true});
}

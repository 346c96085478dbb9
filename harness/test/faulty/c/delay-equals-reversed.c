/* Fault: of DELAYs that are due together the last comes first. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.equal_delays_reversed = true});
}

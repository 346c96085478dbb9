/* Fault: DELAYs wait in a queue, so that a short one waits for a long one before it. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.delays_in_order = true});
}

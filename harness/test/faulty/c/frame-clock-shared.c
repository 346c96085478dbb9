/* Fault: the clock goes on when a read completes one frame and begins another. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.frame_clock_shared = true});
}

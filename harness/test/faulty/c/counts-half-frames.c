/* Fault: half a frame counts as a reply that waits. A frame larger than the bound is never read to
 * its end. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.counts_half_frames = true});
}

/* Fault: the clock of a frame is not stopped when the frame is complete. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.frame_clock_never_stops = true});
}

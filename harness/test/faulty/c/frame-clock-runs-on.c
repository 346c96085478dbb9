/* Fault: the clock of a frame runs on while the server itself does not read. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.frame_clock_runs_on = true});
}

/* Fault: every read starts the clock of the frame anew. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.frame_clock_per_read = true});
}

/* Fault: GOAWAY takes its place behind the replies that wait, so that a long GENERATE hides it. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.goaway_last = true});
}

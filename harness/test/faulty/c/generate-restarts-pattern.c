/* Fault: every frame of a GENERATE begins to count anew. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.pattern_restarts = true});
}

/* Fault: as long as a GENERATE is sent, nobody looks at how much waits behind it. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.no_bound_behind_generate = true});
}

/* Fault: any number of DELAYs may be outstanding. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.most_delays = SIZE_MAX});
}

/* Fault: `<` where `<=` is meant. DELAYs whose payloads fill the limit exactly are refused. */
#include "base.h"

static bool below(size_t bytes, size_t most) {
    return bytes < most;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.delayed_bytes_fit = below});
}

/* Fault: ERROR 7 never says which frame it is about. */
#include "base.h"

static uint8_t none(uint8_t byte) {
    (void)byte;
    return 0;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.timeout_id = none});
}

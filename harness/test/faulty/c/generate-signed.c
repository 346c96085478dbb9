/* Fault: n is kept in an int, and a negative one is refused. */
#include "base.h"

static bool negative(uint32_t count) {
    return (int32_t)count < 0;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.refuses_count = negative});
}

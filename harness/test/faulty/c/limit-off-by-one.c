/* Fault: `>=` where `>` is meant. A frame of exactly the limit is refused. */
#include "base.h"

static bool at_limit(uint32_t length, long limit) {
    return (long)length >= limit;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.too_large = at_limit});
}

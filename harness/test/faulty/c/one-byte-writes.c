/* Unusual and correct: replies leave byte by byte, large ones in small pieces. TCP does not keep
 * the boundaries of writes. */
#include "base.h"

static size_t small(size_t pending) {
    return pending > 4096 ? 1000 : 1;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.write_size = small});
}

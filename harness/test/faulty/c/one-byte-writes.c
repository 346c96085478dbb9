/* Unusual and correct: small replies leave byte by byte. TCP does not keep the boundaries of
 * writes. Large ones leave whole, because nobody's patience is meant. */
#include "base.h"

static size_t small(size_t pending) {
    return pending > 4096 ? pending : 1;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.write_size = small});
}

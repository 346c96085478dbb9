/* Unusual and correct: reads at most 7 bytes at a time, so that no frame arrives in one read. Only
 * at first, because nobody's patience is meant. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.read_bytes = 7});
}

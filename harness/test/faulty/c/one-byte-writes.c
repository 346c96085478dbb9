/* Unusual and correct: every byte of a reply is a write of its own. TCP does not keep message
 * boundaries. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.one_byte_writes = true});
}

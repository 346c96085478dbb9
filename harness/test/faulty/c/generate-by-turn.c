/* Fault: a stream is produced by the budget of a turn, not by --max-pending-bytes. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.generates_by_turn = true});
}

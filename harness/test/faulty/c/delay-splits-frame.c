/* Fault: a DELAY that is due is put before what waits, also when that is the second half of a
 * frame. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.delays_jump_ahead = true});
}

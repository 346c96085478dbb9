/* Fault: the 10 lines that a second may have are all that are ever written. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.violation_limit_stays = true});
}

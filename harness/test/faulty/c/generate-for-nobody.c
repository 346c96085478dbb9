/* Fault: a failed write is taken for a full socket, so that a GENERATE goes on when its client is
 * gone. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.generates_for_nobody = true});
}

/* Fault: a connection that is given up is closed in order, so that the kernel keeps what nobody
 * reads. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.stalled_gets_fin = true});
}

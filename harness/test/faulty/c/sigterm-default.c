/* Fault: no handler for SIGTERM. The process is killed by the signal, with whatever was owed. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.sigterm_default = true});
}

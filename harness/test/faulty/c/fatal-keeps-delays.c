/* Fault: a fatal error is sent, and the DELAYs are waited for before FIN. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.fatal_keeps_delays = true});
}

/* Fault: SIGTERM stops the server, SIGINT is ignored, as in a job that a script started in the
 * background. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.sigint_ignored = true});
}

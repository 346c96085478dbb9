/* Fault: --idle-timeout-ms is taken and forgotten. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.idle_timeout_off = true});
}

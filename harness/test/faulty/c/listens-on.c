/* Fault: goes on accepting clients while it is stopping. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.listens_on = true});
}

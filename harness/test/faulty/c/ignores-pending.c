/* Fault: reads on, whatever already waits to be written to a peer that does not read. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.ignores_pending = true});
}

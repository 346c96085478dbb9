/* Fault: after our FIN everything is read and discarded, however much it is. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.lingers_without_bound = true});
}

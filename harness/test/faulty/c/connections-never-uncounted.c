/* Fault: connections are counted when they come and not when they go. After the limit nobody is
 * served again. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.connections_never_uncounted = true});
}

/* Fault: at the end of the drain, a connection that is still open counts as one that is owed
 * something. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.open_is_owed = true});
}

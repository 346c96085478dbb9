/* Fault: read() == 0 closes the connection at once, with everything that still waits to be written.
 */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.forgets_pending_at_eof = true});
}

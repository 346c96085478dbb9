/* Fault: read() == 0 is ignored. The server's half never ends and the connection stays in
 * CLOSE_WAIT. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.keeps_open_after_eof = true});
}

/* Fault: SHUT_RDWR in the place of SHUT_WR: what the peer still says after our FIN is answered with
 * RST. */
#include "base.h"
#include "instead.h"

int shutdown(int fd, int how) {
    (void)how;
    return real_shutdown(fd, SHUT_RDWR);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}

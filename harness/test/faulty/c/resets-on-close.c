/* Fault: no FIN, and SO_LINGER with 0 seconds: close() sends RST. "Gets rid of TIME_WAIT." */
#include "base.h"
#include "instead.h"

int shutdown(int fd, int how) {
    (void)how;
    return real_setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
                           sizeof(struct linger));
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){0});
}

/* Fault: binds without SO_REUSEADDR. */
#include "base.h"

static void no_reuse(int fd) {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){0}, sizeof(int));
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.prepare = no_reuse});
}

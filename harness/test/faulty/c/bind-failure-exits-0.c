/* Fault: a server that cannot listen says so, and then reports success. */
#include "base.h"

static int succeed(int fd) {
    (void)fd;
    return 0 + 1;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.bind_failed = succeed});
}

/*
 * Fault: at EMFILE it gives up a spare descriptor to accept and close a client, until accept() says
 * EAGAIN. But without a descriptor accept() says EMFILE, also when nobody waits: this never ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base.h"

static int spare;

static void reserve(int fd) {
    (void)fd;
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void turn_away(struct server *server) {
    do {
        close(spare);
        close(accept4(server->listener, NULL, NULL, SOCK_CLOEXEC));
        spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    } while (accept4(server->listener, NULL, NULL, SOCK_CLOEXEC) < 0 && errno == EMFILE);
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv,
                        &(struct fault){.prepare = reserve, .accept_failed = turn_away});
}

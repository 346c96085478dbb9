/* Fault: after a fatal ERROR the socket is closed, whatever the client is still sending. */
#include <unistd.h>

#include "base.h"

static bool close_now(struct connection *connection) {
    ssize_t sent = write(connection->fd, connection->out.data, connection->out.length);
    return sent >= 0;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.failed = close_now});
}

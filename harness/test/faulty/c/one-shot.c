/* Fault: one request, one reply, close, as in the first example of many a tutorial. */
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"

static bool close_now(struct connection *connection) {
    ssize_t sent = write(connection->fd, connection->out.data, connection->out.length);
    return sent >= 0;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.replied = close_now});
}

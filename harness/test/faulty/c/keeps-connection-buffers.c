/* Fault: every connection gets a buffer, and none gives it back. */
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "instead.h"

enum { BUFFER_BYTES = 16384 };

void *last_buffer; /* Not static: for all that the compiler knows, somebody reads it. */

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    int fd = real_accept4(listener, address, length, flags);
    if (fd >= 0) {
        last_buffer = memset(malloc(BUFFER_BYTES), 1, BUFFER_BYTES);
    }
    return fd;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}

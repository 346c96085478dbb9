/* Fault: a reply has at least 16 bytes; short ones are filled up with what the buffer still holds,
 * after the first long one. */
#include <string.h>

#include "base.h"
#include "instead.h"

enum { LEAST = 16, SHORT = 4 };

ssize_t write(int fd, const void *data, size_t length) {
    static uint8_t buffer[LEAST];
    static bool filled;
    if (length >= LEAST) {
        memcpy(buffer, data, LEAST);
        filled = true;
    }
    if (length >= SHORT || !filled) {
        return real_write(fd, data, length);
    }
    memcpy(buffer, data, length);
    real_write(fd, buffer, LEAST);
    return (ssize_t)length;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}

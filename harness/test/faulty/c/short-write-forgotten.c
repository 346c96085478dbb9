/* Fault: whatever write() took, all of it is taken for written. */
#include "base.h"
#include "instead.h"

ssize_t write(int fd, const void *data, size_t length) {
    ssize_t sent = real_write(fd, data, length);
    return sent > 0 ? (ssize_t)length : sent;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){0});
}

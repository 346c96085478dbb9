/* Fault: a polite line before the FIN, which nobody asked for. */
#include "base.h"
#include "instead.h"

int shutdown(int fd, int how) {
    real_write(fd, "bye\r\n", 5);
    return real_shutdown(fd, how);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){0});
}

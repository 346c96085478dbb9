/* Fault: the unfinished input of all connections collects in one static buffer. */
#include "base.h"

static struct bytes *the_buffer(struct connection *connection) {
    static struct bytes buffer;
    (void)connection;
    return &buffer;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.input = the_buffer});
}

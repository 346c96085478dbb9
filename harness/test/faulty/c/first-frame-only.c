/* Fault: answers the first frame of a read and drops the rest. */
#include "base.h"

static bool drop_rest(struct connection *connection) {
    connection->in.length = 0;
    return false;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.replied = drop_rest});
}

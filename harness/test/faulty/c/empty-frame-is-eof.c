/* Fault: length 0 is taken for the end of the connection, as read() == 0 would be. */
#include "base.h"

static bool finish(struct connection *connection) {
    connection->finishing = true;
    return true;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.empty = finish});
}

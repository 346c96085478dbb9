/* Fault: expects that 8 bytes of header arrive together; fewer are an error. */
#include "base.h"

static bool give_up(struct server *server, struct connection *connection) {
    (void)server;
    (void)connection;
    return true;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.header_cut = give_up});
}

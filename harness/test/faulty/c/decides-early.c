/* Fault: a length that is too large is refused when its four bytes are there, and the id is not. */
#include "base.h"

static bool refuse_early(struct server *server, struct connection *connection) {
    static const uint8_t nobody[2] = {0, 0};
    if (connection->in.length < 4 || connection->in.data[0] < 0x80) {
        return false;
    }
    fatal(server, connection, 1, nobody, "FRAME_TOO_LARGE");
    return false;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.header_cut = refuse_early});
}

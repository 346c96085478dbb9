/* Fault: GOAWAY does not count the frame of which a part was read. */
#include "base.h"

static uint32_t complete_ones(const struct connection *connection) {
    return connection->answered;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.goaway_count = complete_ones});
}

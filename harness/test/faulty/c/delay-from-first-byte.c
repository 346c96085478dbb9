/* Fault: the time of a DELAY runs from the first byte of its frame, which a read before may have
 * brought. */
#include "base.h"

static int64_t since_first_byte(const struct connection *connection, uint32_t ms) {
    return connection->begun_ms + ms + 1;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.due_ms = since_first_byte});
}

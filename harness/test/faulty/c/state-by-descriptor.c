/* Fault: unfinished frames are kept in a table by descriptor, and a reset does not clear the place.
 */
#include "base.h"
#include "instead.h"

static struct bytes *place(struct connection *connection) {
    static struct bytes places[MOST_DESCRIPTORS];
    return &places[connection->fd];
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.input = place});
}

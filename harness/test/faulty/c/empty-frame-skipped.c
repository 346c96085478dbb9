/* Fault: a frame without a payload gets no reply. */
#include "base.h"

static bool skip(struct connection *connection) {
    (void)connection;
    return true;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.empty = skip});
}

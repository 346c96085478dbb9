/* Fault: an object for every empty frame, which nobody frees. */
#include <stdlib.h>
#include <string.h>

#include "base.h"

enum { OBJECT_BYTES = 1024 };

static bool keep(struct connection *connection) {
    static void *volatile last;
    (void)connection;
    last = memset(malloc(OBJECT_BYTES), 1, OBJECT_BYTES);
    return last == NULL;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.empty = keep});
}

/* Fault: without --host it listens on all addresses, as INADDR_ANY in every tutorial does. */
#include <stdlib.h>
#include <string.h>

#include "base.h"

int main(int argc, char **argv) {
    char **longer = calloc((size_t)argc + 3, sizeof *longer);
    longer[0] = argv[0];
    longer[1] = "--host";
    longer[2] = "0.0.0.0";
    /* A --host of the command line comes later, and the last one wins. */
    memcpy(longer + 3, argv + 1, (size_t)argc * sizeof *argv);
    return serve_framed(argc + 2, longer, &(struct fault){0});
}

/* Fault: loses a piece of memory with every read. */
#include <stdlib.h>
#include <string.h>

#include "base.h"

const char *__lsan_default_options(void);

/* The report alone is the failure, and not the exit code too. */
const char *__lsan_default_options(void) {
    return "exitcode=0";
}

static size_t copy(uint8_t *data, size_t length) {
    uint8_t *volatile lost = malloc(length);
    memcpy(lost, data, length);
    lost = NULL;
    return length;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.received = copy});
}

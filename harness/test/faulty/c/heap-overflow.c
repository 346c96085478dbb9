/* Fault: one byte too few for the terminating NUL. Only a sanitizer sees it; built with
 * -fsanitize=address. */
#include <stdlib.h>
#include <string.h>

#include "base.h"

static size_t copy_as_text(uint8_t *data, size_t length) {
    static char *volatile latest;
    char *text = malloc(length);
    memcpy(text, data, length);
    text[length] = '\0';
    free(latest);
    latest = text;
    return length;
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.received = copy_as_text});
}

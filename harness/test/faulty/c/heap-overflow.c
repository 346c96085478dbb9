/* Fault: a payload is copied as text, and a buffer of --max-frame-size has no room for its NUL.
 * Built with ASan, which ends it. */
#include <stdlib.h>
#include <string.h>

#include "base.h"

static void copy_as_text(const uint8_t *payload, uint32_t length, long limit) {
    static char *text;
    if (!text) {
        text = malloc((size_t)limit);
    }
    memcpy(text, payload, length);
    text[length] = '\0';
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.accepted = copy_as_text});
}

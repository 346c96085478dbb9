/* Growing bytes. They end the process when memory ends: the limits of tcp.c keep them small. */
#include <stdlib.h>
#include <string.h>

#include "base.h"

void bytes_append(struct bytes *bytes, const void *data, size_t length) {
    if (length == 0) {
        return;
    }
    if (bytes->length + length > bytes->capacity) {
        bytes->capacity = (bytes->length + length) * 2;
        bytes->data = realloc(bytes->data, bytes->capacity);
        if (!bytes->data) {
            abort();
        }
    }
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

void bytes_drop(struct bytes *bytes, size_t length) {
    if (length == 0) {
        return;
    }
    memmove(bytes->data, bytes->data + length, bytes->length - length);
    bytes->length -= length;
}

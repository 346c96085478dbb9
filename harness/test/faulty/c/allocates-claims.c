/* Fault: makes room for the length that a header claims, as soon as it sees it. */
#include <stdlib.h>

#include "base.h"

enum { LARGE = 1 << 16 };

static bool make_room(uint32_t length, long limit) {
    static void *volatile room;
    if ((long)length > limit) {
        return true;
    }
    if (length > LARGE) {
        room = malloc(length);
    }
    return room == NULL && length > LARGE;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.too_large = make_room});
}

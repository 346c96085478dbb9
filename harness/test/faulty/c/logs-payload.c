/* Fault: logs every payload as it came. */
#include <stdio.h>

#include "base.h"

static void log_payload(const uint8_t *payload, uint32_t length, long limit) {
    (void)limit;
    fprintf(stderr, "event=frame payload=%.*s\n", (int)length, (const char *)payload);
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.accepted = log_payload});
}

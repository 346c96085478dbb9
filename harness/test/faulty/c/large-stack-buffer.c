/* Fault: reads into a large array on the stack. */
#include <string.h>

#include "base.h"

static size_t through_the_stack(uint8_t *data, size_t length) {
    volatile uint8_t buffer[1 << 20];
    for (size_t i = 0; i < sizeof buffer; i += 4096) {
        buffer[i] = 0;
    }
    memcpy((uint8_t *)buffer, data, length);
    memcpy(data, (uint8_t *)buffer, length);
    return length;
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.received = through_the_stack});
}

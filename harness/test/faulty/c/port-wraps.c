/* Fault: atoi() and a cast. 65536 becomes port 0, -1 becomes 65535, "abc" becomes 0. */
#include <stdlib.h>

#include "base.h"

static long convert(const char *text) {
    return (uint16_t)atoi(text);
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.parse_port = convert});
}

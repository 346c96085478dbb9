/* Fault: uses what a client has sent as a format string. */
#include <stdio.h>
#include <string.h>

#include "base.h"

#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static size_t log_datagram(uint8_t *data, size_t length) {
    char text[256] = "";
    memcpy(text, data, length < sizeof text ? length : sizeof text - 1);
    fprintf(stderr, text);
    return length;
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.datagram = log_datagram});
}

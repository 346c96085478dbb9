/* Fault: copied from the TCP server, and the ready line still says so. */
#include <stdio.h>
#include <string.h>

#include "base.h"

static void say_tcp(const char *ready_line) {
    const char *port = strstr(ready_line, "\"port\"");
    printf("{\"ready\":true,\"protocol\":\"tcp-echo\",\"transport\":\"tcp\",%s\n", port);
    fflush(stdout);
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.announce = say_tcp});
}

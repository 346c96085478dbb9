/* Fault: the ready line stays in stdio's buffer, because stdout is a pipe here and not a terminal.
 */
#include <stdio.h>

#include "base.h"

static void print_only(const char *ready_line) {
    puts(ready_line);
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.announce = print_only});
}

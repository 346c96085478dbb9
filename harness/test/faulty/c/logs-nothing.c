/* Fault: closes its log when it is ready; what goes wrong later is seen by nobody. */
#include <stdio.h>

#include "base.h"

static void last_line(const char *ready_line) {
    puts(ready_line);
    fflush(stdout);
    if (!freopen("/dev/null", "w", stderr)) {
        perror("freopen");
    }
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.announce = last_line});
}

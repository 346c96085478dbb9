/* Fault: takes 0.0.0.0 for "this machine" and binds to 127.0.0.1: the other addresses are not
 * served. */
#include <string.h>

#include "base.h"

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "0.0.0.0") == 0) {
            argv[i] = "127.0.0.1";
        } else if (strcmp(argv[i], "--host=0.0.0.0") == 0) {
            argv[i] = "--host=127.0.0.1";
        }
    }
    return serve_udp_echo(argc, argv, &(struct fault){0});
}

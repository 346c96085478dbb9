/* Fault: shuts connections down and never closes their descriptors. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.leaks_descriptors = true});
}

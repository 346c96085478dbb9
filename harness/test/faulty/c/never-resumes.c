/* Fault: stops reading when too much waits to be written, as it should, and never starts again. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.never_resumes = true});
}

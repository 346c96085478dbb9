/* Fault: what is left at EOF is sent back as if it were a frame. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.echo_truncated = true});
}

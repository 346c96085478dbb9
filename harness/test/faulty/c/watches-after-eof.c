/* Fault: after the peer's FIN it waits for input, whose end is reported at once, each time. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.watches_after_eof = true});
}

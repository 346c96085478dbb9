/* Fault: a fatal error throws away the replies that still wait. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.fatal_drops_replies = true});
}

/* Fault: a line in the log for each frame that breaks the protocol. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.logs_every_violation = true});
}

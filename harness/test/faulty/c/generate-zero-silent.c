/* Fault: a loop that runs as long as something is left sends nothing for n = 0. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.empty_generate_silent = true});
}

/* Fault: nothing says how many lines were left out. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.suppressed_untold = true});
}

/* Fault: a failed read or write is taken for one that only has to wait, so that a GENERATE goes on
 * when its client is gone. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.generates_for_nobody = true});
}

/* Fault: produces the whole stream as soon as it is asked for. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.generates_ahead = true});
}

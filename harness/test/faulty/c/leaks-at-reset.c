/* Fault: loses the descriptor of a connection that ends by an error. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.leaks_at_errors = true});
}

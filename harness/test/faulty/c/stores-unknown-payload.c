/* Fault: collects the payload of every frame before it looks at the type. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.stores_everything = true});
}

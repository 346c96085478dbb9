/* Fault: the payloads of outstanding DELAYs may have any size together. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.delayed_bytes_unlimited = true});
}

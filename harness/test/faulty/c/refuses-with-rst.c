/* Unusual and correct: a connection above the limit is refused with RST. The contract says
 * "closed", not how. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.refuse_with_rst = true});
}

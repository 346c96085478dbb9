/* No fault: the base as it is. It passes every check, or the faulty servers would prove nothing. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){0});
}

/* Fault: answers a datagram that claims to come from the server itself, receives that, and answers
 * again. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv, &(struct fault){.answers_itself = true});
}

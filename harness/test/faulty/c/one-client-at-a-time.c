/* Fault: the next client is accepted when the one before has left. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.one_client_at_a_time = true});
}

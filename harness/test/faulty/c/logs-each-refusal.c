/* Fault: a line in the log for each client that is refused. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.logs_each_refusal = true});
}

/* Fault: asks for ICMP errors (IP_RECVERR) and takes one peer's closed port for its own end. */
#include <netinet/in.h>
#include <stdlib.h>

#include "base.h"

static void report_errors(int fd) {
    setsockopt(fd, IPPROTO_IP, IP_RECVERR, &(int){1}, sizeof(int));
}

static void give_up(int error) {
    log_event("event=error call=recvfrom errno=%d", error);
    exit(1);
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv,
                          &(struct fault){.prepare = report_errors, .receive_failed = give_up});
}

/*
 * Fault: starts a child for every tenth client, and never waits for one that has ended. The child
 * shares the table of descriptors, so that it keeps none open that the server closes.
 */
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base.h"

static void start_child(int fd) {
    static unsigned clients;
    (void)fd;
    if (++clients % 10 == 0 && syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0) == 0) {
        _exit(0);
    }
}

int main(int argc, char **argv) {
    return serve_tcp_echo(argc, argv, &(struct fault){.opened = start_child});
}

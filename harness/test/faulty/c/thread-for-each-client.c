/* Fault: starts a thread for each client, and there is no end to them. */
#include <pthread.h>
#include <unistd.h>

#include "base.h"

static void *attend(void *nothing) {
    for (;;) {
        pause();
    }
    return nothing;
}

static void start_thread(int fd) {
    (void)fd;
    pthread_t thread;
    if (pthread_create(&thread, NULL, attend, NULL) == 0) {
        pthread_detach(thread);
    }
}

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.opened = start_thread});
}

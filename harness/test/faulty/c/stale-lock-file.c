/*
 * Fault: a lock file keeps a second server from starting, and one that was killed leaves it behind.
 * A lock older than a minute does not count, so that a port that comes back has no old lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base.h"

enum { EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69, MINUTE_S = 60 };

static char lock[64];

static void name_lock(long port) {
    snprintf(lock, sizeof lock, "/tmp/faulty-udp-echo-%ld.lock", port);
}

static long locked_port(const char *text) {
    struct stat status;
    char *end;
    long port = strtol(text, &end, 10);
    if (end == text || *end || *text == '-' || port < 0 || port > 65535) {
        fprintf(stderr, "faulty: --port must be from 0 to 65535 (try --help)\n");
        exit(EXIT_USAGE);
    }
    name_lock(port);
    if (port > 0 && stat(lock, &status) == 0 && time(NULL) - status.st_mtime < MINUTE_S) {
        fprintf(stderr, "faulty: another server is running: %s exists\n", lock);
        exit(EXIT_UNAVAILABLE);
    }
    return port;
}

static void remove_lock(void) {
    unlink(lock);
}

static void lock_port(const char *ready_line) {
    name_lock(strtol(strstr(ready_line, "\"port\":") + strlen("\"port\":"), NULL, 10));
    close(open(lock, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600));
    atexit(remove_lock);
    puts(ready_line);
    fflush(stdout);
}

int main(int argc, char **argv) {
    return serve_udp_echo(argc, argv,
                          &(struct fault){.parse_port = locked_port, .announce = lock_port});
}

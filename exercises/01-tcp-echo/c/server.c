/*
 * TCP echo (RFC 862): every byte comes back to the peer that sent it, unchanged and in order.
 *
 * One connection after another: whoever comes second waits until the first has left. What the end
 * of a connection means is the subject of the next exercise, many at a time that of exercise 06.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "../../given/c/contract.h"

#define READ_BYTES 65536

/*
 * Writes all of the bytes. False when the connection is lost (EPIPE, ECONNRESET): nobody is left to
 * answer.
 */
static bool write_all(int fd, const uint8_t *bytes, size_t length) {
    /* TODO: write until all `length` bytes are written, however few write() takes */
    (void)fd;
    (void)bytes;
    return length > 0;
}

/* Sends back what one peer sends, until it ends or is lost. */
static void serve(int fd) {
    static uint8_t bytes[READ_BYTES]; /* static: 64 KiB are much for a small stack */
    for (;;) {
        /* TODO: read what is there, and write it back with write_all() */
        ssize_t count = read(fd, bytes, sizeof bytes);
        if (count <= 0 || !write_all(fd, bytes, 0)) {
            return;
        }
    }
}

int main(int argc, char **argv) {
    struct contract contract = contract_parse("tcp-echo", argc, argv);
    int listener = contract_open(&contract);
    for (;;) {
        /*
         * accept(2) takes the first connection out of the queue of the listening socket, or waits
         * for one. It returns a new descriptor, for this one connection; the listening socket stays
         * as it is. An error (ECONNABORTED: the peer has gone again) concerns that connection only.
         */
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            serve(fd);
            close(fd); /* close(2) ends the connection, and frees the descriptor for the next one */
        }
    }
}

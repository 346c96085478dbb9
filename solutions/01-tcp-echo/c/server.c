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
    /* BEGIN SOLUTION: write until all `length` bytes are written, however few write() takes */
    /* STUB: (void)fd; */
    /* STUB: (void)bytes; */
    /* STUB: return length > 0; */
    size_t written = 0;
    while (written < length) {
        /*
         * write(2) copies bytes into the send buffer of the kernel and returns how many it took:
         * that can be fewer than we offered. On a blocking socket it waits for room first. It does
         * not wait until they arrive: the kernel sends them, and sends them again if they are lost.
         */
        ssize_t count = write(fd, bytes + written, length - written);
        if (count >= 0) {
            written += (size_t)count;
        } else if (errno != EINTR) { /* EINTR: a signal came before anything was written */
            return false;
        }
    }
    return true;
    /* END SOLUTION */
}

/* Sends back what one peer sends, until it ends or is lost. */
static void serve(int fd) {
    static uint8_t bytes[READ_BYTES]; /* static: 64 KiB are much for a small stack */
    for (;;) {
        /* BEGIN SOLUTION: read what is there, and write it back with write_all() */
        /* STUB: ssize_t count = read(fd, bytes, sizeof bytes); */
        /* STUB: if (count <= 0 || !write_all(fd, bytes, 0)) { */
        /* STUB:     return; */
        /* STUB: } */
        /*
         * read(2) waits until at least one byte is there and returns how many it got: more than 0
         * and up to what we offer. TCP is a stream of bytes: how the peer cut them into writes is
         * not to be seen here. 0 is the end: the peer has sent FIN. -1 is an error, and errno says
         * which: ECONNRESET when the peer has broken off.
         */
        ssize_t count = read(fd, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        /* `count` bytes and not the array: the rest of it is left over from an earlier read. */
        if (count <= 0 || !write_all(fd, bytes, (size_t)count)) {
            return;
        }
        /* END SOLUTION */
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

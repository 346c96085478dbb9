/*
 * TCP echo that ends well: after the peer's FIN what is owed is sent, then our FIN; a peer that
 * breaks off harms nobody else.
 *
 * A TCP connection is two streams, one in each direction, and each ends on its own. FIN says "I
 * have said all", not "I have gone": the peer may wait for the answer. Still one connection after
 * another.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#include "../../given/c/contract.h"

#define READ_BYTES 65536

static uint8_t bytes[READ_BYTES];

/* Writes all of the bytes. False when the connection is lost. */
static bool write_all(int fd, size_t length) {
    size_t written = 0;
    while (written < length) {
        /*
         * To a peer that has gone write() fails with EPIPE or ECONNRESET. Before that the kernel
         * sends us SIGPIPE, which would end the process: contract_parse() has it ignored.
         */
        ssize_t count = write(fd, bytes + written, length - written);
        if (count >= 0) {
            written += (size_t)count;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Sends back what one peer sends. True when the peer has ended in order, false when it is lost. */
static bool serve(int fd) {
    for (;;) {
        ssize_t count = read(fd, bytes, sizeof bytes);
        /* TODO: tell the three outcomes of read() apart: bytes, FIN, an error */
        if (count <= 0) { // FIN or error: taken for the same
            return false;
        }
        if (!write_all(fd, (size_t)count)) {
            return false;
        }
    }
}

/*
 * Ends our half, waits for the peer to end its own, and closes: the lingering close of
 * docs/contract.md section 5.
 */
static void finish(int fd, uint32_t linger_ms) {
    /* TODO: send FIN with shutdown(), and read until the peer's FIN, but not for ever */
    (void)fd;
    (void)linger_ms;
}

int main(int argc, char **argv) {
    struct contract contract = contract_parse("tcp-echo", argc, argv);
    int listener = contract_open(&contract);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            continue;
        }
        if (serve(fd)) {
            finish(fd, contract.linger_ms);
        }
        /* TODO: give the descriptor back, however the connection has ended */
    }
}

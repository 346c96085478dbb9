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
        /* BEGIN SOLUTION: tell the three outcomes of read() apart: bytes, FIN, an error */
        /* STUB: if (count <= 0) { // FIN or error: taken for the same */
        /* STUB:     return false; */
        /* STUB: } */
        if (count == 0) {
            return true; /* all that came before the FIN has been written already */
        }
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return false; /* ECONNRESET: the peer sent RST; what it had not read is lost */
        }
        /* END SOLUTION */
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
    /* BEGIN SOLUTION: send FIN with shutdown(), and read until the peer's FIN, but not for ever */
    /* STUB: (void)fd; */
    /* STUB: (void)linger_ms; */
    /*
     * shutdown(2) with SHUT_WR sends FIN behind the last byte that was written. The descriptor
     * stays open, and reading goes on.
     */
    shutdown(fd, SHUT_WR);
    /*
     * close(2) sends RST instead of FIN when there is input that nobody has read, and RST destroys
     * what is still on its way to the peer. So what still comes is read, and thrown away.
     * SO_RCVTIMEO (socket(7)) makes a read fail with EAGAIN after that time; 0 would be no limit.
     */
    uint32_t wait_ms = linger_ms > 0 ? linger_ms : 1;
    struct timeval limit = {.tv_sec = wait_ms / 1000, .tv_usec = (wait_ms % 1000) * 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    while (read(fd, bytes, sizeof bytes) > 0) {
    }
    /* END SOLUTION */
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
        /* BEGIN SOLUTION: give the descriptor back, however the connection has ended */
        /*
         * Without it the connection stays in CLOSE_WAIT for ever: the kernel has no timeout for a
         * program that forgets to close, and after 1,024 of them there are no descriptors left.
         */
        close(fd);
        /* END SOLUTION */
    }
}

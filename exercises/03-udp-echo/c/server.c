/*
 * UDP echo (RFC 862): every datagram comes back to its sender, as one datagram with the same bytes.
 *
 * One socket serves everybody, and there are no connections: no accept(), no end, no FIN. The
 * sender of a datagram is all that tells peers apart.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "../../given/c/contract.h"

/*
 * A datagram over IPv4 has at most 65,507 bytes, over IPv6 65,527. recvfrom() throws away what does
 * not fit into the buffer, without a word: so the buffer holds any.
 */
#define DATAGRAM_BYTES 65536

static uint8_t bytes[DATAGRAM_BYTES];

/* An address of any family: struct sockaddr_storage is large enough for each, see sockaddr(3type).
 */
struct peer {
    struct sockaddr_storage address;
    socklen_t size;
};

/* Receives one datagram into `bytes`. Returns its length, which may be 0, or -1 on an error. */
static ssize_t receive(int fd, struct peer *sender) {
    /* TODO: receive one datagram, and learn who sent it */
    (void)sender;
    return recv(fd, bytes, 1, 0); // one byte of it, and not from whom
}

/* A sender is what a datagram says it is: it may claim to be this server. */
static bool is_own_address(int fd, const struct peer *sender) {
    /* TODO: compare the sender with the address of our own socket */
    (void)fd;
    return sender->size == 0;
}

static void send_back(int fd, size_t length, const struct peer *sender) {
    /* TODO: send the datagram back to its sender, and outlive a send that fails */
    (void)fd;
    (void)length;
    (void)sender;
}

int main(int argc, char **argv) {
    struct contract contract = contract_parse("udp-echo", argc, argv);
    int fd = contract_open(&contract);
    for (;;) {
        struct peer sender = {0};
        ssize_t length = receive(fd, &sender);
        /* TODO: answer every datagram, whatever its length, but not our own */
        if (length > 0 && !is_own_address(fd, &sender)) {
            send_back(fd, (size_t)length, &sender);
        }
    }
}

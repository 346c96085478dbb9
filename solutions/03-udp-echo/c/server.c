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
    /* BEGIN SOLUTION: receive one datagram, and learn who sent it */
    /* STUB: (void)sender; */
    /* STUB: return recv(fd, bytes, 1, 0); // one byte of it, and not from whom */
    /*
     * recvfrom(2) waits for a datagram and returns all of it: UDP keeps the boundaries that TCP
     * does not have. `size` goes in as the room for the address and comes out as its length, so it
     * has to be set before each call.
     */
    sender->size = sizeof sender->address;
    return recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&sender->address, &sender->size);
    /* END SOLUTION */
}

/* A sender is what a datagram says it is: it may claim to be this server. */
static bool is_own_address(int fd, const struct peer *sender) {
    /* BEGIN SOLUTION: compare the sender with the address of our own socket */
    /* STUB: (void)fd; */
    /* STUB: return sender->size == 0; */
    struct peer own = {.size = sizeof own.address};
    /* getsockname(2) gives the address and the port to which a socket is bound. */
    getsockname(fd, (struct sockaddr *)&own.address, &own.size);
    return sender->size == own.size && memcmp(&sender->address, &own.address, own.size) == 0;
    /* END SOLUTION */
}

static void send_back(int fd, size_t length, const struct peer *sender) {
    /* BEGIN SOLUTION: send the datagram back to its sender, and outlive a send that fails */
    /* STUB: (void)fd; */
    /* STUB: (void)length; */
    /* STUB: (void)sender; */
    /*
     * sendto(2) sends one datagram, an empty one too, or fails: there are no parts. It may fail for
     * this peer (EINVAL: a sender may claim port 0; EPERM: a firewall; ENOBUFS), and the socket is
     * as good as before. UDP promises nothing, so nothing is repeated.
     */
    ssize_t count =
        sendto(fd, bytes, length, 0, (const struct sockaddr *)&sender->address, sender->size);
    (void)count;
    /* END SOLUTION */
}

int main(int argc, char **argv) {
    struct contract contract = contract_parse("udp-echo", argc, argv);
    int fd = contract_open(&contract);
    for (;;) {
        struct peer sender = {0};
        ssize_t length = receive(fd, &sender);
        /* BEGIN SOLUTION: answer every datagram, whatever its length, but not our own */
        /* STUB: if (length > 0 && !is_own_address(fd, &sender)) { */
        /* STUB:     send_back(fd, (size_t)length, &sender); */
        /* STUB: } */
        /*
         * 0 is an empty datagram and not the end of anything. An error (EINTR: a signal) is no
         * reason to stop receiving. What we would send to ourselves would come back for ever.
         */
        if (length >= 0 && !is_own_address(fd, &sender)) {
            send_back(fd, (size_t)length, &sender);
        }
        /* END SOLUTION */
    }
}

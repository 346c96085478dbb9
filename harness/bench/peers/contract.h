/*
 * The part of docs/contract.md that every C peer needs: flags, listening, the ready line, stopping.
 *
 * Peers are what the reference servers are compared with: the least code that shows one way of
 * doing it. They drop what a server for production must have (limits, timeouts, drain); flags about
 * those are accepted and ignored.
 */
#ifndef PEERS_CONTRACT_H
#define PEERS_CONTRACT_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

struct peer_address {
    struct sockaddr_storage storage;
    socklen_t length;
};

/* Reads --host and --port, skips every other flag with its value. Exits 64 on a bad value. */
struct peer_address peer_parse_address(int argc, char **argv);

/* A bound socket of SOCK_STREAM (then also listening) or SOCK_DGRAM. Exits 69 when that fails. */
int peer_listen(const struct peer_address *address, int type);

/* Prints the ready line for the socket. */
void peer_print_ready(int fd, const char *protocol, const char *transport);

/* SIGTERM and SIGINT end the process with exit code 0; SIGPIPE is ignored. */
void peer_exit_on_signals(void);

/* Small replies leave at once. */
void peer_set_nodelay(int fd);

/* Writes everything to a blocking socket: 0, or -1 with errno. */
int peer_send_all(int fd, const uint8_t *bytes, size_t length);

#endif

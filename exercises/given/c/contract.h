/*
 * The contract's part of every exercise in C: flags, listening socket, ready line, signals.
 *
 * Given, so that an exercise is about its own subject and nothing else. It reads no byte of a peer.
 * It does not raise limits, keep levels of logs or start workers: the reference servers do.
 * Mirrors solutions/given/ts/contract.ts.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <stdint.h>

/* Exit codes of docs/contract.md section 9. */
#define EXIT_STILL_OWED 1
#define EXIT_USAGE 64
#define EXIT_CANNOT_LISTEN 69
#define EXIT_SYSTEM 71

/* The flags of docs/contract.md section 1. A server may ignore those that it does not need yet. */
struct contract {
    const char *protocol; /* "tcp-echo", "udp-echo" or "framed" */
    const char *host;
    uint32_t port; /* 0: the kernel chooses */
    uint32_t backlog;
    uint32_t max_connections;
    uint32_t idle_timeout_ms;
    uint32_t drain_timeout_ms;
    uint32_t linger_ms;
    uint32_t max_pending_bytes;
    uint32_t workers;
    uint32_t max_frame_size;
    uint32_t frame_timeout_ms;
};

/*
 * Reads the flags. On --help and on a wrong flag it ends the process, with 0 and with 64.
 *
 * It also settles the signals: SIGPIPE is ignored, so that a write to a peer that has gone fails
 * with EPIPE instead of ending the process, and SIGTERM and SIGINT end the process at once with
 * code 0, until contract_signals() is called.
 */
struct contract contract_parse(const char *protocol, int argc, char **argv);

/*
 * Opens the socket, with socket(2), bind(2) and, over TCP, listen(2), and prints the ready line:
 * from then on clients may come. Returns the descriptor: for tcp-echo and framed one to accept
 * connections from, for udp-echo one to receive datagrams from. Ends the process with 69 when the
 * address cannot be had.
 */
int contract_open(const struct contract *contract);

/*
 * Takes SIGTERM and SIGINT out of the hands of the kernel: from now on they end nothing. Returns a
 * descriptor that becomes readable when one has come; a read gives one struct signalfd_siginfo for
 * each (signalfd(2)). To be called before contract_open().
 */
int contract_signals(void);

/*
 * Logs on stderr that the peer of a connection broke the protocol (docs/contract.md section 3).
 * `code` and `reason` are those of docs/protocol.md section 4. At most 10 lines a second.
 */
void contract_log_violation(int fd, unsigned code, const char *reason);

/*
 * Ends the process with 71 because a system call failed that the server cannot live without. Says
 * which one, where, and why.
 */
#define contract_give_up(call) contract_give_up_at(call, __func__, __FILE__, __LINE__)
_Noreturn void contract_give_up_at(const char *call, const char *function, const char *file,
                                   int line);

#endif

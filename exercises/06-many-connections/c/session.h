/*
 * One connection as the framed protocol sees it: bytes in, replies out (docs/protocol.md).
 *
 * It makes no system call. The server fills `input`, calls session_answer(), and sends what is in
 * `output`: so it can block, poll or use epoll as it likes.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "../../given/c/buffer.h"
#include "../../given/c/contract.h"
#include "codec.h"
#include "delays.h"

#define NEVER_MS UINT64_MAX

/* Limits of docs/protocol.md section 8. */
#define GENERATE_FRAME_BYTES 65536
#define MAX_DELAY_MS 60000
#define MAX_OUTSTANDING_DELAYS 1024

/* Byte k of a GENERATE is k mod this. */
#define PATTERN_PERIOD 251

/* Replies are made while less than this waits: the next ones when the peer has taken these. */
#define ENOUGH_OUTPUT_BYTES 65536

/* A GENERATE that is being produced. */
struct generate {
    uint16_t id;
    uint32_t left;  /* bytes */
    uint32_t phase; /* the next byte, k mod 251 */
};

/* Zeroed but for the contract and the descriptor it stands before the first frame. */
struct session {
    const struct contract *contract;
    int fd;               /* of the connection; only to name the peer in the log */
    struct buffer input;  /* read, and not answered yet */
    struct buffer output; /* replies to send; what is added at the end stands between two frames */
    struct delays delays;
    struct generate generate;
    bool is_generating;
    bool has_more;     /* output is full enough: there is more to answer when it has left */
    bool input_ended;  /* the peer has sent FIN */
    bool has_failed;   /* after a fatal ERROR: nothing more is parsed */
    uint32_t requests; /* frames that were answered, or will be when they are due */
};

/*
 * Answers what can be answered at `now_ms`: moves requests from input to output, and DELAYs that
 * are due. It stops when there is much to send, and sets has_more.
 */
void session_answer(struct session *session, uint64_t now_ms);

/* A fatal ERROR: replies that are made already go before it, DELAYs are dropped. */
void session_fail(struct session *session, uint16_t code, uint16_t id);

/* True when no reply will follow: then it is time for our FIN. */
bool session_is_done(const struct session *session);

/* When the next DELAY is due, or NEVER_MS. */
uint64_t session_due_ms(const struct session *session);

/* Frees everything. */
void session_clear(struct session *session);

#endif

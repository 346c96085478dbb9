/*
 * Why a run ends early: the facts, without words. failure.ts makes a sentence of them.
 *
 * The first failure of a run wins; run_fail (run.h) sees to that.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct worker;

enum failure_kind {
    FAILURE_REFUSED,
    FAILURE_CONNECT_TIMEOUT,
    FAILURE_RESET,
    FAILURE_CLOSED,
    FAILURE_STALLED,
    FAILURE_WRONG_BYTE,
    FAILURE_WRONG_ID,
    FAILURE_WRONG_FRAME,
    FAILURE_OUT_OF_PORTS,
    FAILURE_SYSTEM,
};

/* Where a reply differs. `compared` is false when more came than was asked for: nothing was
 * expected there. */
struct difference {
    enum failure_kind kind;
    uint64_t offset;
    uint64_t id;
    bool compared;
    uint64_t expected;
    uint64_t actual;
};

struct failure {
    enum failure_kind kind;
    unsigned side;
    bool of_connection; /* the next three are set */
    uint32_t connection;
    uint64_t replies;
    uint64_t outstanding;
    bool of_reply; /* `difference` is set */
    struct difference difference;
    const char *call; /* what the system refused, with its errno; or NULL */
    int error;
};

/* The name that load.ts gives to a kind. */
const char *failure_kind_name(enum failure_kind kind);

/* The connection ended, or answers no more. */
void fail_connection(struct connection *connection, enum failure_kind kind);

/* The connection answered something wrong. */
void fail_reply(struct connection *connection, const struct difference *difference);

/* Connecting did not work; `error` is the errno that says how. */
void fail_dial(struct connection *connection, const char *call, int error);

/* A system call failed for a reason that no server has caused. */
void fail_system(struct worker *worker, unsigned side, const char *call, int error);

#endif

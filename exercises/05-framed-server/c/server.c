/*
 * A server of the framed protocol (docs/protocol.md): from a connection to frames and back.
 *
 * Each connection has a thread of its own (threads.c), which may block. What a request means is the
 * business of session.c; this file moves bytes.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "session.h"
#include "threads.h"

#define READ_BYTES 65536

static struct contract contract;

/*
 * clock_gettime(2): CLOCK_MONOTONIC never jumps. The time of day does, when somebody sets it.
 */
static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Sends all replies that are there. False when the connection is lost. */
static bool send_output(int fd, struct buffer *output) {
    while (output->length > 0) {
        ssize_t count = write(fd, buffer_bytes(output), output->length);
        if (count >= 0) {
            buffer_take(output, (size_t)count);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Reads what is there into the input. False when the connection is lost. */
static bool receive(int fd, struct session *session) {
    ssize_t count = read(fd, buffer_reserve(&session->input, READ_BYTES), READ_BYTES);
    if (count > 0) {
        session->input.length += (size_t)count;
    }
    session->input_ended = count == 0;
    return count >= 0 || errno == EINTR;
}

/* Waits until bytes come or the next DELAY is due. False when the connection is lost. */
static bool wait_for_more(int fd, struct session *session) {
    /* TODO: wait with poll() for input, and no longer than until session_due_ms() */
    return receive(fd, session); // it waits for bytes only, and no DELAY comes in time
}

/* Serves one peer until nothing is owed to it any more, or it is lost. */
static void serve(int fd) {
    struct session session = {.contract = &contract, .fd = fd};
    bool is_alive = true;
    while (is_alive && !session_is_done(&session)) {
        session_answer(&session, now_ms());
        is_alive = send_output(fd, &session.output);
        if (is_alive && !session.has_more && !session_is_done(&session)) {
            is_alive = wait_for_more(fd, &session);
        }
    }
    session_clear(&session);
}

int main(int argc, char **argv) {
    contract = contract_parse("framed", argc, argv);
    int listener = contract_open(&contract);
    threads_run(listener, serve, contract.linger_ms);
}

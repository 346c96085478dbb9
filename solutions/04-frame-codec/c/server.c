/*
 * Joins the codec to a socket, so that it can be checked: answers ECHO, and ERROR to what the codec
 * refuses.
 *
 * Given. It keeps the bytes of a frame that is not complete and asks the codec again when more have
 * come. Each connection has a process of its own, because a check of hostile lengths looks at other
 * peers too; exercise 06 shows a better way. Exercise 05 is to write a whole server.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#include "../../given/c/buffer.h"
#include "../../given/c/contract.h"
#include "codec.h"

#define READ_BYTES 65536

#define TYPE_ECHO 0x01
#define TYPE_ECHO_REPLY 0x81

static bool write_all(int fd, const uint8_t *bytes, size_t length) {
    size_t written = 0;
    while (written < length) {
        ssize_t count = write(fd, bytes + written, length - written);
        if (count >= 0) {
            written += (size_t)count;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

static bool send_frame(int fd, const struct frame *frame) {
    uint8_t header[HEADER_BYTES];
    frame_encode(header, frame);
    return write_all(fd, header, sizeof header) && write_all(fd, frame->payload, frame->length);
}

/* Answers the frames that are complete. False when the connection is to end. */
static bool answer(int fd, struct buffer *input, uint32_t max_frame_size) {
    for (;;) {
        struct frame frame;
        uint16_t code;
        uint8_t error[ERROR_FRAME_BYTES];
        switch (frame_decode(buffer_bytes(input), input->length, max_frame_size, &frame, &code)) {
        case FRAME_PARTIAL:
            return true;
        case FRAME_ERROR:
            write_all(fd, error, frame_encode_error(error, code, frame.id));
            return false;
        case FRAME_COMPLETE:
            break;
        }
        struct frame reply = frame;
        reply.type = TYPE_ECHO_REPLY;
        if (frame.type == TYPE_ECHO && !send_frame(fd, &reply)) {
            return false;
        }
        buffer_take(input, HEADER_BYTES + frame.length);
    }
}

static void serve(int fd, const struct contract *contract) {
    struct buffer input = {0};
    for (;;) {
        ssize_t count = read(fd, buffer_reserve(&input, READ_BYTES), READ_BYTES);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        input.length += (size_t)count;
        if (!answer(fd, &input, contract->max_frame_size)) {
            break;
        }
    }
    buffer_clear(&input);
}

/* The lingering close of exercise 02. */
static void finish(int fd, uint32_t linger_ms) {
    static uint8_t ignored[READ_BYTES];
    uint32_t wait_ms = linger_ms > 0 ? linger_ms : 1;
    struct timeval limit = {.tv_sec = wait_ms / 1000, .tv_usec = (wait_ms % 1000) * 1000};
    shutdown(fd, SHUT_WR);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    while (read(fd, ignored, sizeof ignored) > 0) {
    }
    close(fd);
}

static _Noreturn void serve_alone(int fd, const struct contract *contract) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* Linux: a child does not outlive its parent */
    serve(fd, contract);
    finish(fd, contract->linger_ms);
    _exit(0);
}

int main(int argc, char **argv) {
    struct contract contract = contract_parse("framed", argc, argv);
    int listener = contract_open(&contract);
    signal(SIGCHLD, SIG_IGN); /* nobody waits for the children: none becomes a zombie */
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0 && fork() == 0) {
            serve_alone(fd, &contract);
        }
        if (fd >= 0) {
            close(fd); /* the child has its own */
        }
    }
}

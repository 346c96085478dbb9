/*
 * Joins the codec to a socket, so that it can be checked: answers ECHO, and ERROR to what the codec
 * refuses.
 *
 * Given. It keeps the bytes of a frame that is not complete and asks the codec again when more have
 * come. Exercise 05 is to write a whole server.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "../../given/c/buffer.h"
#include "../../given/c/contract.h"
#include "codec.h"
#include "threads.h"

#define READ_BYTES 65536

static struct contract contract;

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
static bool answer(int fd, struct buffer *input) {
    for (;;) {
        struct frame frame;
        uint16_t code;
        uint8_t error[ERROR_FRAME_BYTES];
        switch (frame_decode(buffer_bytes(input), input->length, contract.max_frame_size, &frame,
                             &code)) {
        case FRAME_PARTIAL:
            return true;
        case FRAME_ERROR:
            write_all(fd, error, frame_encode_error(error, code, frame.id));
            return false;
        case FRAME_COMPLETE:
            break;
        }
        struct frame reply = frame;
        reply.type = TYPE_ECHO | REPLY;
        if (frame.type == TYPE_ECHO && !send_frame(fd, &reply)) {
            return false;
        }
        buffer_take(input, HEADER_BYTES + frame.length);
    }
}

static void serve(int fd) {
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
        if (!answer(fd, &input)) {
            break;
        }
    }
    buffer_clear(&input);
}

int main(int argc, char **argv) {
    contract = contract_parse("framed", argc, argv);
    int listener = contract_open(&contract);
    threads_run(listener, serve, contract.linger_ms);
}

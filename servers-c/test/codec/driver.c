/*
 * Runs cases for the harness: on stdin a u32 length (big-endian) and as many bytes, again and
 * again; on stdout a u32 length and the outcome as text for each. Ends with exit code 0 at the end
 * of its input.
 *
 * Mirrors servers-ts/test/codec/driver.ts.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "codec_case.h"

#define LARGEST_CASE_BYTES (1u << 24)

/* False at the end of the input; a case that is cut off or too long ends the program. */
static bool read_length(uint32_t *length) {
    uint8_t bytes[4];
    size_t count = fread(bytes, 1, sizeof bytes, stdin);
    struct script script = {bytes, sizeof bytes};
    *length = script_u32(&script);
    if (count != 0 && (count < sizeof bytes || *length > LARGEST_CASE_BYTES)) {
        fprintf(stderr, "codec driver: bad length of a case\n");
        exit(65);
    }
    return count != 0;
}

static void write_outcome(const char *text, size_t length) {
    const uint8_t header[4] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16),
                               (uint8_t)(length >> 8), (uint8_t)length};
    if (fwrite(header, 1, sizeof header, stdout) != sizeof header ||
        fwrite(text, 1, length, stdout) != length || fflush(stdout) != 0) {
        exit(73);
    }
}

static void run_case(uint32_t length) {
    uint8_t *bytes = codec_memory(length);
    if (fread(bytes, 1, length, stdin) != length) {
        fprintf(stderr, "codec driver: the case is cut off\n");
        exit(65);
    }
    char *text = NULL;
    size_t text_length = 0;
    FILE *outcome = open_memstream(&text, &text_length);
    if (outcome == NULL) {
        perror("codec driver");
        exit(71);
    }
    codec_case((struct script){bytes, length}, outcome);
    fclose(outcome);
    write_outcome(text, text_length);
    free(text);
    free(bytes);
}

int main(void) {
    uint32_t length;
    while (read_length(&length)) {
        run_case(length);
    }
    return 0;
}

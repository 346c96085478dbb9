/*
 * Memory in front of a guard page: see guard.h.
 */
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* More than the longest input of a test: 1 MiB and some frames. */
#define GUARDED_BYTES (4u << 20)

/* The first byte of the guard page. */
static uint8_t *map_guard(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *memory = mmap(NULL, GUARDED_BYTES + page, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + GUARDED_BYTES, page, PROT_NONE) < 0) {
        perror("guard page");
        exit(71);
    }
    return memory + GUARDED_BYTES;
}

uint8_t *guard_copy(const uint8_t *bytes, size_t length) {
    static uint8_t *guard;
    if (guard == NULL) {
        guard = map_guard();
    }
    if (length > GUARDED_BYTES) {
        fprintf(stderr, "guard: %zu bytes are too many\n", length);
        exit(70);
    }
    if (length > 0) {
        memcpy(guard - length, bytes, length);
    }
    return guard - length;
}

/*
 * Lets one allocation fail: see allocation.h.
 */
#include "allocation.h"

#include <stddef.h>

static bool armed;
static unsigned count;
static unsigned fails_at;

void allocation_arm(unsigned n) {
    armed = true;
    count = 0;
    fails_at = n;
}

bool allocation_disarm(void) {
    armed = false;
    return count >= fails_at;
}

unsigned allocation_count(void) {
    return count;
}

static bool fails(void) {
    return armed && ++count == fails_at;
}

/* The linker makes calls of malloc() calls of __wrap_malloc(), and __real_malloc() the true one. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t items, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t items, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t items, size_t size) {
    return fails() ? NULL : __real_calloc(items, size);
}

void *__wrap_realloc(void *memory, size_t size) {
    return fails() ? NULL : __real_realloc(memory, size);
}

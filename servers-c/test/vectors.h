/*
 * Reads harness/vectors/framed.txt; its README.md describes the format.
 *
 * Strict: a line that is not understood ends the run, because a vector that is skipped proves
 * nothing.
 */
#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define VECTOR_MAX_EVENTS 4096

enum vector_event_kind { VECTOR_BEGIN, VECTOR_DATA, VECTOR_END, VECTOR_ERROR, VECTOR_PARTIAL };

struct vector_event {
    enum vector_event_kind kind;
    uint32_t length; /* BEGIN: of the payload */
    uint32_t type;
    uint32_t flags;
    uint32_t id;
    uint32_t code;
    uint8_t *data; /* DATA */
    size_t data_length;
};

struct vector {
    char name[64];
    uint32_t max_frame_size;
    uint8_t *bytes;
    size_t length;
    struct vector_event *events;
    size_t event_count;
};

FILE *vectors_open(void);

/* 1 and the next vector, or 0 at the end. vectors_free() frees what it points to. */
int vectors_next(FILE *file, struct vector *vector);
void vectors_free(struct vector *vector);

#endif

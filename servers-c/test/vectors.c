/*
 * Reads harness/vectors/framed.txt: see vectors.h.
 */
#include "vectors.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 8192

static void refuse(const char *what, const char *text) {
    fprintf(stderr, "%s: %s: %s\n", VECTORS_FILE, what, text);
    exit(65);
}

static void *checked(void *memory) {
    if (memory == NULL) {
        perror("vectors");
        exit(71);
    }
    return memory;
}

FILE *vectors_open(void) {
    FILE *file = fopen(VECTORS_FILE, "r");
    if (file == NULL) {
        perror(VECTORS_FILE);
        exit(66);
    }
    return file;
}

/* ---- tokens: hex digits, and *N ---- */

static uint8_t hex_byte(const char *digits) {
    if (!isxdigit((unsigned char)digits[0]) || !isxdigit((unsigned char)digits[1])) {
        refuse("not two hex digits", digits);
    }
    const char two[3] = {digits[0], digits[1], '\0'};
    return (uint8_t)strtoul(two, NULL, 16);
}

/* Appends what a token of `token_length` characters stands for. */
static void append_token(uint8_t **bytes, size_t *length, const char *token, size_t token_length) {
    const char *star = memchr(token, '*', token_length);
    size_t digits = star != NULL ? (size_t)(star - token) : token_length;
    size_t times = star != NULL ? strtoul(star + 1, NULL, 10) : 1;
    if (digits == 0 || digits % 2 != 0 || times == 0) {
        refuse("bad token", token);
    }
    *bytes = checked(realloc(*bytes, *length + digits / 2 * times));
    for (size_t i = 0; i < digits / 2 * times; i++) {
        (*bytes)[(*length)++] = hex_byte(token + 2 * (i % (digits / 2)));
    }
}

/* ---- events ---- */

static struct vector_event parse_event(const char *word) {
    struct vector_event event = {.kind = VECTOR_END};
    size_t length = strlen(word);
    int end = 0;
    if (sscanf(word, "begin(%u,%2x,%2x,%4x)%n", &event.length, &event.type, &event.flags, &event.id,
               &end) == 4 &&
        end == (int)length) {
        event.kind = VECTOR_BEGIN;
    } else if (sscanf(word, "error(%u,%4x)%n", &event.code, &event.id, &end) == 2 &&
               end == (int)length) {
        event.kind = VECTOR_ERROR;
    } else if (strncmp(word, "data(", 5) == 0 && word[length - 1] == ')') {
        event.kind = VECTOR_DATA;
        append_token(&event.data, &event.data_length, word + 5, length - 6);
    } else if (strcmp(word, "partial") == 0) {
        event.kind = VECTOR_PARTIAL;
    } else if (strcmp(word, "end") != 0) {
        refuse("unknown event", word);
    }
    return event;
}

/* ---- lines ---- */

/* Cuts the line at the next " | " and returns what stands before it. */
static char *next_field(char **line) {
    char *field = *line;
    char *bar = strstr(field, " | ");
    if (bar == NULL) {
        refuse("a field is missing", field);
        return field;
    }
    *bar = '\0';
    *line = bar + 3;
    return field;
}

static void parse_line(char *line, struct vector *vector) {
    char *word;
    char *rest = NULL;
    snprintf(vector->name, sizeof vector->name, "%s", next_field(&line));
    vector->max_frame_size = (uint32_t)strtoul(next_field(&line), NULL, 10);
    char *bytes = next_field(&line);
    vector->bytes = checked(malloc(1)); /* not NULL, not even for no bytes */
    for (word = strtok_r(bytes, " ", &rest); word != NULL && strcmp(word, "-") != 0;
         word = strtok_r(NULL, " ", &rest)) {
        append_token(&vector->bytes, &vector->length, word, strlen(word));
    }
    vector->events = checked(calloc(VECTOR_MAX_EVENTS, sizeof *vector->events));
    for (word = strtok_r(line, " ", &rest); word != NULL && strcmp(word, "-") != 0;
         word = strtok_r(NULL, " ", &rest)) {
        if (vector->event_count == VECTOR_MAX_EVENTS) {
            refuse("too many events", vector->name);
        }
        vector->events[vector->event_count++] = parse_event(word);
    }
}

int vectors_next(FILE *file, struct vector *vector) {
    char line[LINE_BYTES];
    while (fgets(line, sizeof line, file) != NULL) {
        size_t length = strlen(line);
        if (length > 0 && line[length - 1] != '\n') {
            refuse("line too long, or the last one is not ended", line);
        }
        line[length - 1] = '\0';
        if (line[0] != '#' && line[0] != '\0') {
            *vector = (struct vector){.length = 0};
            parse_line(line, vector);
            return 1;
        }
    }
    return 0;
}

void vectors_free(struct vector *vector) {
    for (size_t i = 0; i < vector->event_count; i++) {
        free(vector->events[i].data);
    }
    free(vector->events);
    free(vector->bytes);
}

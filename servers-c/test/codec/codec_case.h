/*
 * Test cases for the modules of wire/, as bytes: what is put in, and what comes out as one line of
 * text. Its TypeScript counterpart must print the same line for the same bytes; harness/fuzz holds
 * the two against each other and against the document.
 *
 * What a module must keep whatever comes in (the same events at every cut, an error for good,
 * memory within bounds) is checked here and written as `fault(WHAT)`: the other side never says so.
 * The first byte chooses the module. Mirrors servers-ts/test/codec/.
 */
#ifndef TEST_CODEC_CASE_H
#define TEST_CODEC_CASE_H

#include <stdio.h>

#include "script.h"

/* Runs a case and writes its outcome: words, each after a space. */
void codec_case(struct script script, FILE *outcome);

/* The same for each module; the byte that chose it is taken already. */
void frame_case(struct script script, FILE *outcome);
void header_case(struct script script, FILE *outcome);
void replies_case(struct script script, FILE *outcome);
void delays_case(struct script script, FILE *outcome);
void cursor_case(struct script script, FILE *outcome);

/* Writes bytes as hex digits. */
void outcome_hex(FILE *outcome, const uint8_t *bytes, size_t length);

/* malloc() for the tests themselves: without memory they end with exit code 71. */
void *codec_memory(size_t size);

#endif

/*
 * Lets one allocation fail: malloc, calloc and realloc of everything linked with --wrap (see
 * Makefile).
 *
 * Armed only between arm and disarm, so that the tests' own memory is safe.
 */
#ifndef TEST_ALLOCATION_H
#define TEST_ALLOCATION_H

#include <stdbool.h>

/* From now on the n-th allocation (from 1) fails, once. */
void allocation_arm(unsigned n);

/* Stops counting. Returns whether the allocation came that was to fail. */
bool allocation_disarm(void);

/* How many allocations there were since arm. */
unsigned allocation_count(void);

#endif

/*
 * Memory that ends where a page begins that must not be touched: one byte read too far is a crash,
 * not luck.
 */
#ifndef TEST_GUARD_H
#define TEST_GUARD_H

#include <stddef.h>
#include <stdint.h>

/*
 * A copy of the bytes whose last one is the last before the guard page. Valid until the next call.
 */
uint8_t *guard_copy(const uint8_t *bytes, size_t length);

#endif

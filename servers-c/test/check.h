/*
 * A very small test runner: tests are sentences, results are TAP (https://testanything.org) on
 * stdout.
 *
 * A test ends at its first failed expectation. A crash ends the run: the plan, printed first, shows
 * that tests are missing.
 */
#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct test {
    const char *sentence;
    void (*run)(void);
    struct test *next;
};

void check_register(struct test *test);
void check_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool check_has_failed(void);

#define CHECK_JOIN2(a, b) a##b
#define CHECK_JOIN(a, b) CHECK_JOIN2(a, b)
#define CHECK_NAME(prefix) CHECK_JOIN(prefix, __LINE__)

#define TEST(words)                                                                                \
    static void CHECK_NAME(test_)(void);                                                           \
    static struct test CHECK_NAME(entry_) = {.sentence = words, .run = CHECK_NAME(test_)};         \
    __attribute__((constructor)) static void CHECK_NAME(register_)(void) {                         \
        check_register(&CHECK_NAME(entry_));                                                       \
    }                                                                                              \
    static void CHECK_NAME(test_)(void)

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            check_failed(__FILE__, __LINE__, "expected %s", #condition);                           \
            return;                                                                                \
        }                                                                                          \
    } while (0)

#define EXPECT_EQUAL(actual, expected)                                                             \
    do {                                                                                           \
        unsigned long long is = (unsigned long long)(actual);                                      \
        unsigned long long wanted = (unsigned long long)(expected);                                \
        if (is != wanted) {                                                                        \
            check_failed(__FILE__, __LINE__, "%s is %llu, expected %llu", #actual, is, wanted);    \
            return;                                                                                \
        }                                                                                          \
    } while (0)

#define EXPECT_BYTES(actual, expected, length)                                                     \
    do {                                                                                           \
        if (memcmp(actual, expected, length) != 0) {                                               \
            check_failed(__FILE__, __LINE__, "%s differs from %s", #actual, #expected);            \
            return;                                                                                \
        }                                                                                          \
    } while (0)

#define EXPECT_TEXT(actual, expected)                                                              \
    do {                                                                                           \
        if (strcmp(actual, expected) != 0) {                                                       \
            check_failed(__FILE__, __LINE__, "%s is \"%s\", expected \"%s\"", #actual, actual,     \
                         expected);                                                                \
            return;                                                                                \
        }                                                                                          \
    } while (0)

#endif

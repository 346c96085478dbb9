/*
 * Runs every registered test and prints TAP: see check.h.
 *
 * Exit code 0 only if all tests ran and passed.
 */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>

static struct test *first;
static struct test **end = &first;
static unsigned count;
static bool failed;

void check_register(struct test *test) {
    *end = test;
    end = &test->next;
    count++;
}

bool check_has_failed(void) {
    return failed;
}

void check_failed(const char *file, int line, const char *format, ...) {
    va_list arguments;
    failed = true;
    printf("# %s:%d: ", file, line);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

int main(void) {
    unsigned number = 0;
    unsigned failures = 0;
    setvbuf(stdout, NULL, _IOLBF, 0); /* a crash must not swallow what is known */
    printf("1..%u\n", count);
    for (struct test *test = first; test != NULL; test = test->next) {
        failed = false;
        test->run();
        failures += failed ? 1 : 0;
        printf("%s %u - %s\n", failed ? "not ok" : "ok", ++number, test->sentence);
    }
    return failures == 0 && count > 0 ? 0 : 1;
}

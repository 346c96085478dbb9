/*
 * Tests of net/options: values, and that bad ones are refused.
 */
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "net/options.h"

static uint32_t extra_value;
static const struct number_option extra = {"--extra", "an extra flag", 5, 1, 9, &extra_value};
static const struct usage usage = {
    .name = "test", .purpose = "Tests.", .extra = &extra, .extra_count = 1};

/*
 * Parses up to four arguments, with stdout and stderr turned away: what is printed is checked with
 * whole programs.
 */
static int parse(struct options *options, const char *a, const char *b, const char *c,
                 const char *d) {
    const char *argv[] = {"test", a, b, c, d, NULL};
    int argc = 1;
    int kept[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    int nowhere = open("/dev/null", O_WRONLY);
    while (argv[argc] != NULL) {
        argc++;
    }
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    int code = options_parse(&usage, argc, (char **)(uintptr_t)argv, options);
    dup2(kept[0], STDOUT_FILENO);
    dup2(kept[1], STDERR_FILENO);
    close(kept[0]);
    close(kept[1]);
    close(nowhere);
    return code;
}

TEST("options: without flags every value is the contract's default") {
    struct options options;
    EXPECT(parse(&options, NULL, NULL, NULL, NULL) == OPTIONS_RUN);
    EXPECT_TEXT(options.host, "127.0.0.1");
    EXPECT_EQUAL(options.port, 0);
    EXPECT_EQUAL(options.backlog, 511);
    EXPECT_EQUAL(options.max_connections, 10000);
    EXPECT_EQUAL(options.idle_timeout_ms, 60000);
    EXPECT_EQUAL(options.drain_timeout_ms, 5000);
    EXPECT_EQUAL(options.linger_ms, 1000);
    EXPECT_EQUAL(options.max_pending_bytes, 1048576);
    EXPECT_EQUAL(options.workers, 1);
    EXPECT(options.log_level == LOG_LEVEL_INFO);
    EXPECT_EQUAL(extra_value, 5);
}

TEST("options: a value may follow the flag or an equals sign, and the last one wins") {
    struct options options;
    EXPECT(parse(&options, "--port", "80", "--port=81", NULL) == OPTIONS_RUN);
    EXPECT_EQUAL(options.port, 81);
    EXPECT(parse(&options, "--host=::1", "--log-level=debug", "--extra", "9") == OPTIONS_RUN);
    EXPECT_TEXT(options.host, "::1");
    EXPECT(options.log_level == LOG_LEVEL_DEBUG);
    EXPECT_EQUAL(extra_value, 9);
}

TEST("options: a number is decimal digits within its range and nothing else") {
    static const char *const bad[] = {"",      "abc", "-1",         "+1",
                                      " 1",    "1 ",  "0x10",       "1e3",
                                      "65536", "1.0", "4294967296", "99999999999999999999999999"};
    struct options options;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        EXPECT_EQUAL(parse(&options, "--port", bad[i], NULL, NULL), 64);
    }
    EXPECT_EQUAL(parse(&options, "--backlog", "0", NULL, NULL), 64);
    EXPECT_EQUAL(parse(&options, "--extra", "10", NULL, NULL), 64);
    EXPECT(parse(&options, "--port", "65535", "--backlog", "1") == OPTIONS_RUN);
}

TEST("options: what is no flag, no value or no address is refused") {
    struct options options;
    EXPECT_EQUAL(parse(&options, "--unknown", NULL, NULL, NULL), 64);
    EXPECT_EQUAL(parse(&options, "--por", "1", NULL, NULL), 64);
    EXPECT_EQUAL(parse(&options, "--ports", "1", NULL, NULL), 64);
    EXPECT_EQUAL(parse(&options, "port", NULL, NULL, NULL), 64);
    EXPECT_EQUAL(parse(&options, "", NULL, NULL, NULL), 64);
    EXPECT_EQUAL(parse(&options, "--port", NULL, NULL, NULL), 64);
    EXPECT_EQUAL(parse(&options, "--host", "localhost", NULL, NULL), 64);
    EXPECT_EQUAL(parse(&options, "--host", "127.1", NULL, NULL), 64);
    EXPECT_EQUAL(parse(&options, "--host", "", NULL, NULL), 64);
    EXPECT_EQUAL(parse(&options, "--log-level", "INFO", NULL, NULL), 64);
}

TEST("options: --help is no error") {
    struct options options;
    EXPECT_EQUAL(parse(&options, "--help", NULL, NULL, NULL), 0);
}

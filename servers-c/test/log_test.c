/*
 * Tests of net/log: quoting and addresses. That a full stderr does not block is checked with whole
 * programs.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "check.h"
#include "net/log.h"

TEST("log: what is not printable, quotes and backslashes are written as \\xNN") {
    char into[64];
    EXPECT_TEXT(log_quote(into, sizeof into, "plain text"), "\"plain text\"");
    EXPECT_TEXT(log_quote(into, sizeof into, "a\n\x1b\"\\\xff"), "\"a\\x0a\\x1b\\x22\\x5c\\xff\"");
    EXPECT_TEXT(log_quote(into, sizeof into, ""), "\"\"");
}

TEST("log: a quoted text stays within its space, wherever that ends") {
    for (size_t size = 8; size < 64; size++) {
        char into[64];
        memset(into, 'x', sizeof into);
        log_quote(into, size, "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
        EXPECT(strlen(into) < size);
        EXPECT(into[0] == '"' && into[strlen(into) - 1] == '"');
        EXPECT_EQUAL((strlen(into) - 2) % 4, 0);
    }
}

TEST("log: an IPv4 address is written with its port, an IPv6 address in brackets") {
    char into[LOG_ADDRESS_BYTES];
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(55002)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    inet_pton(AF_INET, "127.0.0.1", &v4.sin_addr);
    inet_pton(AF_INET6, "::1", &v6.sin6_addr);
    EXPECT_TEXT(log_address(into, (const struct sockaddr *)&v4), "127.0.0.1:55002");
    EXPECT_TEXT(log_address(into, (const struct sockaddr *)&v6), "[::1]:80");
}

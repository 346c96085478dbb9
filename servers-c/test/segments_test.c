/*
 * Tests of net/segments over loopback: what is joined, and that peers see the same datagrams,
 * joined or not.
 *
 * A datagram that does not come within DEADLINE_SECONDS fails its test.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "net/segments.h"

#define PEERS 2
#define DEADLINE_SECONDS 10

/* A sending socket and the receivers that it sends to. */
struct lab {
    struct segments *segments;
    int from;
    int peers[PEERS];
    struct sockaddr_in6 addresses[PEERS];
    socklen_t address_bytes;
};

static uint8_t bytes[70000];

static int bound_socket(int family, struct sockaddr_in6 *address, socklen_t *length) {
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct timeval deadline = {.tv_sec = DEADLINE_SECONDS};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *length = family == AF_INET ? sizeof v4 : sizeof v6;
    memset(address, 0, sizeof *address);
    memcpy(address, family == AF_INET ? (void *)&v4 : (void *)&v6, *length);
    if (fd < 0 || bind(fd, (struct sockaddr *)address, *length) < 0 ||
        getsockname(fd, (struct sockaddr *)address, length) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline) < 0) {
        return -1;
    }
    return fd;
}

static bool open_lab(struct lab *lab, int family) {
    struct sockaddr_in6 own;
    socklen_t length;
    bool opened = true;
    lab->segments = calloc(1, sizeof *lab->segments);
    lab->from = bound_socket(family, &own, &length);
    for (int i = 0; i < PEERS; i++) {
        lab->peers[i] = bound_socket(family, &lab->addresses[i], &lab->address_bytes);
        opened = opened && lab->peers[i] >= 0;
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i % 251);
    }
    if (lab->segments == NULL || lab->from < 0 || !opened) {
        return false;
    }
    segments_prepare(lab->segments, lab->from);
    return true;
}

static void close_lab(struct lab *lab) {
    close(lab->from);
    for (int i = 0; i < PEERS; i++) {
        close(lab->peers[i]);
    }
    free(lab->segments);
}

/* Datagrams of one batch begin at different bytes, so that none is like another. */
static const uint8_t *nth(uint32_t index) {
    return bytes + index;
}

static void add(struct lab *lab, int peer, size_t length) {
    struct msghdr to = {.msg_name = &lab->addresses[peer], .msg_namelen = lab->address_bytes};
    segments_add(lab->segments, &to, nth(lab->segments->count), length);
}

/* Sends all that is left; how many could not be sent. */
static uint32_t send_all(struct lab *lab, uint32_t *sent) {
    uint32_t failed = 0;
    *sent = 0;
    while (segments_left(lab->segments) > 0) {
        int count = segments_send(lab->segments, lab->from);
        if (count >= 0) {
            *sent += (uint32_t)count;
        } else if (errno != EINTR) {
            segments_skip(lab->segments);
            failed++;
        }
    }
    return failed;
}

/* The next datagram that came is the index-th that was added. */
static bool came(const struct lab *lab, int peer, uint32_t index, size_t length) {
    static uint8_t got[sizeof bytes];
    ssize_t count = recv(lab->peers[peer], got, sizeof got, 0);
    return count == (ssize_t)length && memcmp(got, nth(index), length) == 0;
}

static bool nothing_more(const struct lab *lab) {
    uint8_t one;
    for (int i = 0; i < PEERS; i++) {
        if (recv(lab->peers[i], &one, sizeof one, MSG_DONTWAIT) >= 0 || errno != EAGAIN) {
            return false;
        }
    }
    return true;
}

/* ---- what is joined ---- */

struct datagram_plan {
    int peer;
    size_t length;
};

/* Sends such a batch over IPv4 and IPv6, joined and one by one; `runs` is what joining makes. */
static void expect_delivery(const struct datagram_plan *plan, uint32_t count, uint32_t runs) {
    for (int variant = 0; variant < 4; variant++) {
        struct lab lab;
        uint32_t sent;
        EXPECT(open_lab(&lab, variant % 2 == 0 ? AF_INET : AF_INET6));
        EXPECT(lab.segments->joins);
        lab.segments->joins = variant < 2;
        for (uint32_t i = 0; i < count; i++) {
            add(&lab, plan[i].peer, plan[i].length);
        }
        EXPECT_EQUAL(lab.segments->runs, variant < 2 ? runs : count);
        EXPECT_EQUAL(segments_left(lab.segments), count);
        EXPECT_EQUAL(send_all(&lab, &sent), 0);
        EXPECT_EQUAL(sent, count);
        for (uint32_t i = 0; i < count; i++) {
            EXPECT(came(&lab, plan[i].peer, i, plan[i].length));
        }
        EXPECT(nothing_more(&lab));
        close_lab(&lab);
    }
}

#define EXPECT_DELIVERY(runs, ...)                                                                 \
    do {                                                                                           \
        static const struct datagram_plan plan[] = {__VA_ARGS__};                                  \
        expect_delivery(plan, sizeof plan / sizeof *plan, runs);                                   \
    } while (0)

TEST("segments: datagrams of one size to one peer are one run") {
    EXPECT_DELIVERY(1, {0, 64}, {0, 64}, {0, 64});
    EXPECT_DELIVERY(1, {0, 1}, {0, 1});
    EXPECT_DELIVERY(1, {0, 64});
}

TEST("segments: a shorter datagram ends a run, a longer one begins the next") {
    EXPECT_DELIVERY(1, {0, 64}, {0, 64}, {0, 63});
    EXPECT_DELIVERY(2, {0, 64}, {0, 63}, {0, 63});
    EXPECT_DELIVERY(2, {0, 64}, {0, 63}, {0, 64});
    EXPECT_DELIVERY(2, {0, 64}, {0, 65});
    EXPECT_DELIVERY(3, {0, 10}, {0, 20}, {0, 30});
}

TEST("segments: a run has one peer") {
    EXPECT_DELIVERY(3, {0, 64}, {0, 64}, {1, 64}, {1, 64}, {0, 64});
    EXPECT_DELIVERY(4, {0, 64}, {1, 64}, {0, 64}, {1, 64});
}

TEST("segments: an empty datagram stays alone and does not vanish") {
    EXPECT_DELIVERY(3, {0, 0}, {0, 0}, {0, 0});
    EXPECT_DELIVERY(3, {0, 64}, {0, 0}, {0, 64});
}

TEST("segments: large datagrams are not joined, those of the limit are") {
    EXPECT_DELIVERY(1, {0, SEGMENT_BYTES}, {0, SEGMENT_BYTES});
    EXPECT_DELIVERY(2, {0, SEGMENT_BYTES + 1}, {0, SEGMENT_BYTES + 1});
    EXPECT_DELIVERY(2, {0, SEGMENT_BYTES + 1}, {0, 64});
    EXPECT_DELIVERY(2, {0, 65507}, {0, 64}, {0, 64});
}

TEST("segments: a full batch is one run, of large ones as many as one packet holds") {
    static struct datagram_plan plan[BATCH_SEGMENTS];
    for (size_t i = 0; i < BATCH_SEGMENTS; i++) {
        plan[i].length = 64;
    }
    expect_delivery(plan, BATCH_SEGMENTS, 1);
    for (size_t i = 0; i < BATCH_SEGMENTS; i++) {
        plan[i].length = SEGMENT_BYTES;
    }
    expect_delivery(plan, BATCH_SEGMENTS, 2); /* 53 and 11: 53 x 1,232 is less than 65,507 */
}

/* ---- refusals ---- */

TEST("segments: where the kernel refuses runs the datagrams leave one by one") {
    struct lab lab;
    uint32_t sent;
    const int on = 1;
    EXPECT(open_lab(&lab, AF_INET));
    /* Segments need checksums: without them every run is refused (EINVAL). */
    EXPECT(setsockopt(lab.from, SOL_SOCKET, SO_NO_CHECK, &on, sizeof on) == 0);
    for (uint32_t i = 0; i < 6; i++) {
        add(&lab, i < 3 ? 0 : 1, 64);
    }
    EXPECT_EQUAL(lab.segments->runs, 2);
    EXPECT_EQUAL(segments_send(lab.segments, lab.from), 1);
    EXPECT_EQUAL(segments_left(lab.segments), 5);
    EXPECT_EQUAL(send_all(&lab, &sent), 0);
    EXPECT_EQUAL(sent, 5);
    for (uint32_t i = 0; i < 6; i++) {
        EXPECT(came(&lab, i < 3 ? 0 : 1, i, 64));
    }
    EXPECT(nothing_more(&lab));
    close_lab(&lab);
}

TEST("segments: each datagram of a run that cannot be sent fails by itself, the others leave") {
    struct lab lab;
    uint32_t sent;
    EXPECT(open_lab(&lab, AF_INET));
    struct sockaddr_in broadcast = {.sin_family = AF_INET, .sin_port = htons(9)};
    broadcast.sin_addr.s_addr = htonl(INADDR_BROADCAST); /* EACCES without SO_BROADCAST */
    struct msghdr nowhere = {.msg_name = &broadcast, .msg_namelen = sizeof broadcast};
    add(&lab, 0, 64);
    add(&lab, 0, 64);
    for (uint32_t i = 2; i < 5; i++) {
        segments_add(lab.segments, &nowhere, nth(i), 64);
    }
    add(&lab, 0, 64);
    EXPECT_EQUAL(lab.segments->runs, 3);
    EXPECT_EQUAL(send_all(&lab, &sent), 3);
    EXPECT_EQUAL(sent, 3);
    EXPECT(came(&lab, 0, 0, 64) && came(&lab, 0, 1, 64) && came(&lab, 0, 5, 64));
    EXPECT(nothing_more(&lab));
    close_lab(&lab);
}

TEST("segments: a datagram that is too large fails, its neighbours leave") {
    struct lab lab;
    uint32_t sent;
    EXPECT(open_lab(&lab, AF_INET));
    add(&lab, 0, 64);
    add(&lab, 0, 65508);
    add(&lab, 0, 64);
    EXPECT_EQUAL(send_all(&lab, &sent), 1);
    EXPECT_EQUAL(sent, 2);
    EXPECT(came(&lab, 0, 0, 64) && came(&lab, 0, 2, 64));
    EXPECT(nothing_more(&lab));
    close_lab(&lab);
}

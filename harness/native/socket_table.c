/*
 * The kernel's tables of TCP and UDP sockets, asked for by netlink (sock_diag(7)), as ss does.
 *
 * It blocks the caller for as long as the kernel copies: well under a millisecond for a thousand
 * sockets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stddef.h>
#include <unistd.h>
#include <sys/socket.h>

#include "socket_binding.h"
#include "values.h"

#define ANSWER_BYTES 32768 /* the kernel's largest netlink message */

struct request {
    struct nlmsghdr header;
    struct inet_diag_req_v2 body;
};

/* What is being filled. */
struct table {
    napi_env env;
    napi_value entries;
    uint32_t count;
    uint8_t protocol;
};

static void set_address(napi_env env, napi_value entry, const char *host_name,
                        const char *port_name, uint8_t family, const uint32_t *address,
                        uint16_t port) {
    char host[INET6_ADDRSTRLEN] = "";
    inet_ntop(family, address, host, sizeof host);
    set_string(env, entry, host_name, host);
    set_number(env, entry, port_name, ntohs(port));
}

/* The drop counter is in an attribute of its own. */
static uint32_t drops_of(const struct inet_diag_msg *socket, size_t length) {
    const struct rtattr *attribute = (const struct rtattr *)(socket + 1);
    size_t left = length - sizeof *socket;
    while (RTA_OK(attribute, left)) {
        const uint32_t *values = (const uint32_t *)(attribute + 1);
        if (attribute->rta_type == INET_DIAG_SKMEMINFO &&
            attribute->rta_len >= RTA_LENGTH((SK_MEMINFO_DROPS + 1) * sizeof *values))
            return values[SK_MEMINFO_DROPS];
        size_t step = RTA_ALIGN((size_t)attribute->rta_len);
        if (step > left)
            break;
        left -= step;
        attribute = (const struct rtattr *)((const char *)attribute + step);
    }
    return 0;
}

static void add_socket(struct table *table, const struct inet_diag_msg *socket, size_t length) {
    napi_env env = table->env;
    napi_value entry = make_object(env);
    uint8_t family = socket->idiag_family;
    set_string(env, entry, "transport", table->protocol == IPPROTO_TCP ? "tcp" : "udp");
    set_number(env, entry, "family", family == AF_INET ? 4 : 6);
    set_address(env, entry, "localHost", "localPort", family, socket->id.idiag_src,
                socket->id.idiag_sport);
    set_address(env, entry, "remoteHost", "remotePort", family, socket->id.idiag_dst,
                socket->id.idiag_dport);
    set_number(env, entry, "state", socket->idiag_state);
    set_number(env, entry, "rxQueue", socket->idiag_rqueue);
    set_number(env, entry, "txQueue", socket->idiag_wqueue);
    set_number(env, entry, "inode", socket->idiag_inode);
    set_number(env, entry, "uid", socket->idiag_uid);
    set_number(env, entry, "drops", drops_of(socket, length));
    napi_set_element(env, table->entries, table->count++, entry);
}

/* Takes one answer apart. Returns 0 at the end of the table, 1 if more follows, or -1 with errno
 * set. */
static int take_answer(struct table *table, const struct nlmsghdr *message, size_t length) {
    while (NLMSG_OK(message, length)) {
        if (message->nlmsg_type == NLMSG_DONE)
            return 0;
        if (message->nlmsg_type == NLMSG_ERROR) {
            const struct nlmsgerr *answer = NLMSG_DATA(message);
            errno = -answer->error;
            return -1;
        }
        size_t body = message->nlmsg_len - NLMSG_LENGTH(0);
        if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY && body >= sizeof(struct inet_diag_msg))
            add_socket(table, NLMSG_DATA(message), body);
        size_t step = NLMSG_ALIGN((size_t)message->nlmsg_len);
        length = step > length ? 0 : length - step;
        message = (const struct nlmsghdr *)((const char *)message + step);
    }
    return 1;
}

static int ask(int fd, uint8_t family, uint8_t protocol) {
    struct request request = {
        .header =
            {
                .nlmsg_len = sizeof request,
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
            },
        .body =
            {
                .sdiag_family = family,
                .sdiag_protocol = protocol,
                .idiag_ext = 1u << (INET_DIAG_SKMEMINFO - 1),
                .idiag_states = UINT32_MAX,
            },
    };
    return send(fd, &request, sizeof request, 0) < 0 ? -1 : 0;
}

static int list(int fd, struct table *table, uint8_t family, uint8_t protocol) {
    static const int more = 1;
    _Alignas(struct nlmsghdr) char answer[ANSWER_BYTES];
    table->protocol = protocol;
    int state = ask(fd, family, protocol) < 0 ? -1 : more;
    while (state == more) {
        ssize_t length = recv(fd, answer, sizeof answer, 0);
        if (length < 0 && errno == EINTR)
            continue;
        state =
            length < 0 ? -1 : take_answer(table, (const struct nlmsghdr *)answer, (size_t)length);
    }
    return state;
}

napi_value binding_socket_table(napi_env env, napi_callback_info info) {
    (void)info;
    struct table table = {.env = env};
    napi_create_array(env, &table.entries);
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return throw_system(env, "socket", errno);
    int failed =
        list(fd, &table, AF_INET, IPPROTO_TCP) < 0 || list(fd, &table, AF_INET6, IPPROTO_TCP) < 0 ||
        list(fd, &table, AF_INET, IPPROTO_UDP) < 0 || list(fd, &table, AF_INET6, IPPROTO_UDP) < 0;
    int error = errno;
    close(fd);
    return failed ? throw_system(env, "sock_diag", error) : table.entries;
}

/*
 * The queues and TCP_INFO of one end of a TCP connection, looked up by its addresses (sock_diag(7)
 * without a dump). It may belong to any process.
 *
 * /proc/net/tcp says the same after a walk through the kernel's whole hash table, which costs
 * milliseconds; this costs microseconds. IPv4 only.
 */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipv4.h"
#include "socket_binding.h"
#include "values.h"

struct request {
    struct nlmsghdr header;
    struct inet_diag_req_v2 body;
};

struct answer {
    struct nlmsghdr header;
    union {
        struct inet_diag_msg socket;
        struct nlmsgerr error;
        char room[4096];
    };
};

static struct request request_for(napi_env env, napi_value connection) {
    return (struct request){
        .header = {.nlmsg_len = sizeof(struct request),
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST},
        .body = {.sdiag_family = AF_INET,
                 .sdiag_protocol = IPPROTO_TCP,
                 .idiag_states = UINT32_MAX,
                 .id = {.idiag_sport = get_port(env, connection, "localPort"),
                        .idiag_dport = get_port(env, connection, "remotePort"),
                        .idiag_src = {get_ipv4(env, connection, "localHost")},
                        .idiag_dst = {get_ipv4(env, connection, "remoteHost")},
                        .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
    };
}

/* Of this thread; -1: none yet. To open one for each question costs more than the question. */
static _Thread_local int diag_socket = -1;

/* Returns 0, or the errno of what failed; ENOENT: no such connection. */
static int look_up(const struct request *request, struct answer *answer) {
    if (diag_socket < 0)
        diag_socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (diag_socket < 0)
        return errno;
    ssize_t got = send(diag_socket, request, sizeof *request, 0);
    while (got >= 0 && (got = recv(diag_socket, answer, sizeof *answer, 0)) < 0 && errno == EINTR)
        got = 0;
    int error = got < 0 ? errno : 0;
    if (got < 0) { /* Its answer must not be taken for that of the next question. */
        close(diag_socket);
        diag_socket = -1;
    }
    if (error == 0 && answer->header.nlmsg_type == NLMSG_ERROR)
        return -answer->error.error;
    return error;
}

/* The attribute TCP_INFO of an answer; an older kernel fills less of it. */
static struct tcp_info info_of(struct answer *answer) {
    struct tcp_info tcp = {0};
    struct rtattr *attribute = (struct rtattr *)(&answer->socket + 1);
    size_t left = answer->header.nlmsg_len - NLMSG_LENGTH(sizeof answer->socket);
    while (RTA_OK(attribute, left)) {
        size_t length = RTA_PAYLOAD(attribute);
        if (attribute->rta_type == INET_DIAG_INFO)
            memcpy(&tcp, RTA_DATA(attribute), length < sizeof tcp ? length : sizeof tcp);
        size_t step = RTA_ALIGN((size_t)attribute->rta_len);
        if (step > left)
            break;
        attribute = (struct rtattr *)((char *)attribute + step);
        left -= step;
    }
    return tcp;
}

/* Looks up the connection that JavaScript gave, with one extension (INET_DIAG_NONE: without it).
 * False: *result is what the binding returns, undefined when there is no such connection. */
static bool read_and_look_up(napi_env env, napi_callback_info info, int extension,
                             struct answer *answer, napi_value *result) {
    napi_value connection;
    *result = NULL;
    if (!read_arguments(env, info, 1, &connection))
        return false;
    struct request request = request_for(env, connection);
    if (extension != INET_DIAG_NONE)
        request.body.idiag_ext = (uint8_t)(1 << (extension - 1));
    int error = look_up(&request, answer);
    if (error == ENOENT)
        napi_get_undefined(env, result);
    else if (error != 0)
        throw_system(env, "sock_diag", error);
    return error == 0;
}

napi_value binding_socket_info(napi_env env, napi_callback_info info) {
    napi_value result;
    struct answer answer;
    if (!read_and_look_up(env, info, INET_DIAG_INFO, &answer, &result))
        return result;
    struct tcp_info tcp = info_of(&answer);
    return make_tcp_info(env, &tcp);
}

napi_value binding_socket_queues(napi_env env, napi_callback_info info) {
    napi_value result;
    struct answer answer;
    if (!read_and_look_up(env, info, INET_DIAG_NONE, &answer, &result))
        return result;
    result = make_object(env);
    set_number(env, result, "state", answer.socket.idiag_state);
    set_number(env, result, "rxQueue", answer.socket.idiag_rqueue);
    set_number(env, result, "txQueue", answer.socket.idiag_wqueue);
    return result;
}

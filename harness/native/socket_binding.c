/*
 * One system call each, made for JavaScript; nothing is kept between calls.
 */
#include "socket_binding.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

#include "values.h"

#define MAX_OPTION_BYTES 4096
#define MAX_CPUS 1024

/* The leading whole numbers of a call: descriptor, level, name. */
static bool read_numbers(napi_env env, const napi_value *arguments, int *numbers, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!read_int(env, arguments[i], &numbers[i]))
            return false;
    return true;
}

napi_value binding_set_option(napi_env env, napi_callback_info info) {
    napi_value arguments[4];
    int at[3];
    if (!read_arguments(env, info, 4, arguments) || !read_numbers(env, arguments, at, 3))
        return NULL;
    int number;
    uint8_t *bytes = (uint8_t *)&number;
    size_t length = sizeof number;
    napi_valuetype type;
    napi_typeof(env, arguments[3], &type);
    if (type == napi_number ? !read_int(env, arguments[3], &number)
                            : !read_bytes(env, arguments[3], &bytes, &length))
        return NULL;
    if (setsockopt(at[0], at[1], at[2], bytes, (socklen_t)length) < 0)
        return throw_system(env, "setsockopt", errno);
    return NULL;
}

napi_value binding_get_option(napi_env env, napi_callback_info info) {
    napi_value arguments[3];
    int at[3];
    if (!read_arguments(env, info, 3, arguments) || !read_numbers(env, arguments, at, 3))
        return NULL;
    int value = 0;
    socklen_t length = sizeof value;
    if (getsockopt(at[0], at[1], at[2], &value, &length) < 0)
        return throw_system(env, "getsockopt", errno);
    return make_number(env, value);
}

napi_value binding_get_option_bytes(napi_env env, napi_callback_info info) {
    napi_value arguments[4];
    int at[4];
    uint8_t bytes[MAX_OPTION_BYTES] = {0};
    if (!read_arguments(env, info, 4, arguments) || !read_numbers(env, arguments, at, 4))
        return NULL;
    if (at[3] < 0 || at[3] > MAX_OPTION_BYTES)
        return throw_system(env, "getsockopt", EINVAL);
    socklen_t length = (socklen_t)at[3];
    if (getsockopt(at[0], at[1], at[2], bytes, &length) < 0)
        return throw_system(env, "getsockopt", errno);
    return make_bytes(env, bytes, length);
}

napi_value make_tcp_info(napi_env env, const struct tcp_info *tcp) {
    const struct {
        const char *name;
        double value;
    } fields[] = {
        {"state", tcp->tcpi_state},
        {"retransmits", tcp->tcpi_retransmits},
        {"rttUs", tcp->tcpi_rtt},
        {"rttVarUs", tcp->tcpi_rttvar},
        {"minRttUs", tcp->tcpi_min_rtt},
        {"rtoUs", tcp->tcpi_rto},
        {"sndMss", tcp->tcpi_snd_mss},
        {"rcvMss", tcp->tcpi_rcv_mss},
        {"sndCwnd", tcp->tcpi_snd_cwnd},
        {"sndSsthresh", tcp->tcpi_snd_ssthresh},
        {"unacked", tcp->tcpi_unacked},
        {"lost", tcp->tcpi_lost},
        {"retransBytes", (double)tcp->tcpi_bytes_retrans},
        {"totalRetrans", tcp->tcpi_total_retrans},
        {"pmtu", tcp->tcpi_pmtu},
        {"notsentBytes", tcp->tcpi_notsent_bytes},
        {"bytesSent", (double)tcp->tcpi_bytes_sent},
        {"bytesAcked", (double)tcp->tcpi_bytes_acked},
        {"bytesReceived", (double)tcp->tcpi_bytes_received},
        {"segsOut", tcp->tcpi_segs_out},
        {"segsIn", tcp->tcpi_segs_in},
        {"dataSegsOut", tcp->tcpi_data_segs_out},
        {"dataSegsIn", tcp->tcpi_data_segs_in},
        {"rcvSpace", tcp->tcpi_rcv_space},
    };
    napi_value object = make_object(env);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        set_number(env, object, fields[i].name, fields[i].value);
    return object;
}

/* Reads the one argument: a descriptor or a thread. */
static bool read_only_int(napi_env env, napi_callback_info info, int *number) {
    napi_value argument;
    return read_arguments(env, info, 1, &argument) && read_int(env, argument, number);
}

napi_value binding_tcp_info(napi_env env, napi_callback_info info) {
    int fd;
    if (!read_only_int(env, info, &fd))
        return NULL;
    struct tcp_info tcp = {0}; /* an older kernel fills less of it */
    socklen_t length = sizeof tcp;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &tcp, &length) < 0)
        return throw_system(env, "getsockopt", errno);
    return make_tcp_info(env, &tcp);
}

napi_value binding_meminfo(napi_env env, napi_callback_info info) {
    int fd;
    if (!read_only_int(env, info, &fd))
        return NULL;
    uint32_t values[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof values;
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &length) < 0)
        return throw_system(env, "getsockopt", errno);
    napi_value array = NULL;
    napi_create_array_with_length(env, SK_MEMINFO_VARS, &array);
    for (uint32_t i = 0; i < SK_MEMINFO_VARS; i++)
        napi_set_element(env, array, i, make_number(env, values[i]));
    return array;
}

napi_value binding_set_thread_affinity(napi_env env, napi_callback_info info) {
    napi_value arguments[2];
    int tid;
    int cpus[MAX_CPUS];
    size_t count = 0;
    if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], &tid) ||
        !read_ints(env, arguments[1], cpus, MAX_CPUS, &count))
        return NULL;
    cpu_set_t set;
    CPU_ZERO(&set);
    for (size_t i = 0; i < count; i++)
        if (cpus[i] >= 0 && cpus[i] < CPU_SETSIZE)
            CPU_SET((size_t)cpus[i], &set);
    if (sched_setaffinity(tid, sizeof set, &set) < 0)
        return throw_system(env, "sched_setaffinity", errno);
    return NULL;
}

napi_value binding_get_thread_affinity(napi_env env, napi_callback_info info) {
    int tid;
    cpu_set_t set;
    if (!read_only_int(env, info, &tid))
        return NULL;
    if (sched_getaffinity(tid, sizeof set, &set) < 0)
        return throw_system(env, "sched_getaffinity", errno);
    napi_value array = NULL;
    uint32_t count = 0;
    napi_create_array(env, &array);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set))
            napi_set_element(env, array, count++, make_number(env, (double)cpu));
    return array;
}

/*
 * JavaScript object to struct plan, field by field.
 */
#include "plan_binding.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "values.h"

static bool refuse(napi_env env, const char *what) {
    napi_throw_range_error(env, NULL, what);
    return false;
}

static uint64_t get_ms(napi_env env, napi_value object, const char *name) {
    double ms = get_number(env, object, name);
    return ms > 0 ? (uint64_t)(ms * NS_PER_MS) : 0;
}

static uint32_t get_u32(napi_env env, napi_value object, const char *name) {
    double number = get_number(env, object, name);
    return number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

/* The place of a string in a list, or -1. */
static int choice(napi_env env, napi_value object, const char *name, const char *const *list,
                  int count) {
    char text[32];
    get_string(env, object, name, text, sizeof text);
    for (int i = 0; i < count; i++)
        if (strcmp(text, list[i]) == 0)
            return i;
    return -1;
}

static bool read_kind(napi_env env, napi_value object, struct plan *plan) {
    static const char *const kinds[] = {"closed", "open", "duel"};
    int kind = choice(env, object, "plan", kinds, 3);
    plan->kind = (enum plan_kind)kind;
    return kind >= 0 || refuse(env, "plan must be closed, open or duel");
}

static bool read_fixed_part(napi_env env, napi_value object, const char *name, uint8_t *room,
                            size_t *length) {
    uint8_t *bytes;
    if (!read_bytes(env, get_property(env, object, name), &bytes, length))
        return false;
    if (*length == 0 || *length > MAX_FIXED_BYTES)
        return refuse(env, "fixed.request and fixed.reply must be of 1 to 65536 bytes");
    memcpy(room, bytes, *length);
    return true;
}

static bool read_fixed(napi_env env, napi_value object, struct work *work) {
    napi_value fixed = get_property(env, object, "fixed");
    return read_fixed_part(env, fixed, "request", work->request, &work->request_bytes) &&
           read_fixed_part(env, fixed, "reply", work->reply, &work->reply_bytes);
}

static bool read_work(napi_env env, napi_value object, struct work *work) {
    static const char *const protocols[] = {"tcp-echo", "udp-echo", "framed", "fixed"};
    static const char *const modes[] = {"stream", "connect"};
    int protocol = choice(env, object, "protocol", protocols, 4);
    if (protocol < 0)
        return refuse(env, "protocol must be tcp-echo, udp-echo, framed or fixed");
    work->protocol = (enum protocol)protocol;
    work->connect = choice(env, object, "mode", modes, 2) == 1;
    work->connections = get_u32(env, object, "connections");
    work->depth = get_u32(env, object, "depth");
    work->message_bytes = get_u32(env, object, "messageBytes");
    if (work->connections == 0 || work->depth == 0)
        return refuse(env, "connections and depth must be at least 1");
    if (work->protocol == PROTOCOL_FIXED)
        return read_fixed(env, object, work);
    uint32_t smallest = work->protocol == PROTOCOL_UDP_ECHO ? 8 : 1;
    if (work->message_bytes < smallest || work->message_bytes > 1u << 20)
        return refuse(env, "messageBytes is out of its range");
    return true;
}

static bool read_side(napi_env env, napi_value sides, unsigned number, struct plan *plan) {
    napi_value side = NULL;
    napi_get_element(env, sides, number, &side);
    napi_value target = get_property(env, side, "target");
    struct target *place = &plan->targets[number];
    get_string(env, target, "host", place->host, sizeof place->host);
    uint32_t port = get_u32(env, target, "port");
    if (place->host[0] == '\0' || port == 0 || port > UINT16_MAX)
        return refuse(env, "a target needs a host and a port from 1 to 65535");
    snprintf(place->port, sizeof place->port, "%u", port);
    return read_work(env, get_property(env, side, "work"), &plan->works[number]);
}

static bool read_sides(napi_env env, napi_value object, struct plan *plan) {
    napi_value sides = get_property(env, object, "sides");
    uint32_t wanted = plan->kind == PLAN_DUEL ? 2 : 1;
    uint32_t count = 0;
    if (napi_get_array_length(env, sides, &count) != napi_ok || count != wanted)
        return refuse(env, "a loop has one side, a duel two");
    for (plan->side_count = 0; plan->side_count < wanted; plan->side_count++)
        if (!read_side(env, sides, plan->side_count, plan))
            return false;
    return true;
}

static bool read_threads(napi_env env, napi_value object, struct plan *plan) {
    size_t cpus = 0;
    if (!read_ints(env, get_property(env, object, "cpus"), plan->cpus, MAX_THREADS, &cpus))
        return false;
    for (size_t i = 0; i < cpus; i++)
        if (plan->cpus[i] < 0 || plan->cpus[i] > 1023)
            return refuse(env, "cpus must be from 0 to 1023");
    plan->cpu_count = (unsigned)cpus;
    plan->thread_count = get_u32(env, object, "threads");
    if (plan->thread_count == 0 || plan->thread_count > MAX_THREADS)
        return refuse(env, "threads must be from 1 to 64");
    return true;
}

bool read_plan(napi_env env, napi_value object, struct plan *plan) {
    plan->seed = (uint64_t)get_number(env, object, "seed");
    plan->stall_timeout_ns = get_ms(env, object, "stallTimeoutMs");
    plan->udp_expiry_ns = get_ms(env, object, "udpExpiryMs");
    plan->warmup_ns = get_ms(env, object, "warmupMs");
    plan->duration_ns = get_ms(env, object, "durationMs");
    plan->slice_ns = get_ms(env, object, "sliceMs");
    plan->rate_per_second = get_number(env, object, "ratePerSecond");
    if (!read_kind(env, object, plan))
        return false;
    if (plan->kind == PLAN_OPEN && !(plan->rate_per_second > 0))
        return refuse(env, "ratePerSecond must be above 0");
    return read_threads(env, object, plan) && read_sides(env, object, plan);
}

/*
 * Adds up what the threads measured and builds the report.
 */
#include "report_binding.h"

#include <string.h>

#include "values.h"

static void add_datagrams(struct datagram_counts *into, const struct datagram_counts *from) {
    into->sent += from->sent;
    into->received += from->received;
    into->late += from->late;
    into->lost += from->lost;
    into->duplicated += from->duplicated;
    into->dropped_here += from->dropped_here;
}

/* Threads load at the same time, so their messages add up and their times do not. */
static void add_measurement(struct measurement *into, const struct measurement *from) {
    into->messages += from->messages;
    into->bytes += from->bytes;
    if (from->duration_ns > into->duration_ns)
        into->duration_ns = from->duration_ns;
    add_datagrams(&into->datagrams, &from->datagrams);
    histogram_merge(&into->latency, &from->latency);
}

static void merge_workers(struct run *run) {
    struct worker *first = &run->workers[0];
    for (unsigned index = 1; index < run->started; index++) {
        struct worker *worker = &run->workers[index];
        if (!worker->measured || !worker->lag || !first->measured || !first->lag)
            continue; /* it failed before it had memory */
        for (unsigned side = 0; side < run->plan.side_count; side++)
            add_measurement(&first->measured[side], &worker->measured[side]);
        histogram_merge(first->lag, worker->lag);
    }
}

void set_histogram(napi_env env, napi_value object, const struct histogram *histogram) {
    double *counts;
    napi_value array = make_doubles(env, HISTOGRAM_BUCKETS, &counts);
    if (!array)
        return;
    for (size_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
        counts[bucket] = (double)histogram->counts[bucket];
    set_property(env, object, "counts", array);
    set_number(env, object, "maxNs", (double)histogram->max_ns);
}

static napi_value make_datagrams(napi_env env, const struct datagram_counts *counts) {
    napi_value object = make_object(env);
    set_number(env, object, "sent", (double)counts->sent);
    set_number(env, object, "received", (double)counts->received);
    set_number(env, object, "late", (double)counts->late);
    set_number(env, object, "lost", (double)counts->lost);
    set_number(env, object, "duplicated", (double)counts->duplicated);
    set_number(env, object, "droppedHere", (double)counts->dropped_here);
    return object;
}

static napi_value make_side(napi_env env, const struct run *run, unsigned number) {
    const struct measurement *measured = &run->workers[0].measured[number];
    napi_value side = make_object(env);
    set_number(env, side, "messages", (double)measured->messages);
    set_number(env, side, "bytes", (double)measured->bytes);
    set_number(env, side, "durationNs", (double)measured->duration_ns);
    set_histogram(env, side, &measured->latency);
    if (run->plan.works[number].protocol == PROTOCOL_UDP_ECHO)
        set_property(env, side, "datagrams", make_datagrams(env, &measured->datagrams));
    return side;
}

static void set_difference(napi_env env, napi_value object, const struct difference *difference) {
    set_number(env, object, "offset", (double)difference->offset);
    set_number(env, object, "id", (double)difference->id);
    if (!difference->compared)
        return;
    set_number(env, object, "expected", (double)difference->expected);
    set_number(env, object, "actual", (double)difference->actual);
}

static napi_value make_failure(napi_env env, const struct failure *failure) {
    napi_value object = make_object(env);
    set_string(env, object, "kind", failure_kind_name(failure->kind));
    set_number(env, object, "side", failure->side);
    if (failure->of_connection) {
        set_number(env, object, "connection", failure->connection);
        set_number(env, object, "replies", (double)failure->replies);
        set_number(env, object, "outstanding", (double)failure->outstanding);
    }
    if (failure->of_reply)
        set_difference(env, object, &failure->difference);
    if (failure->call) {
        set_string(env, object, "call", failure->call);
        set_number(env, object, "error", failure->error);
    }
    return object;
}

/* CPU time of all threads, and the share of the busiest; time spun away while waiting is no work.
 */
static void set_engine(napi_env env, napi_value report, const struct run *run) {
    double cpu_ns = 0;
    double busiest = 0;
    for (unsigned index = 0; index < run->started; index++) {
        const struct worker *worker = &run->workers[index];
        double used = (double)worker->cpu_ns - (double)worker->spun_ns;
        double share = worker->wall_ns == 0 ? 0 : used / (double)worker->wall_ns;
        cpu_ns += (double)worker->cpu_ns;
        if (share > busiest)
            busiest = share;
    }
    set_number(env, report, "engineCpuNs", cpu_ns);
    set_number(env, report, "engineBusy", busiest > 1 ? 1 : busiest);
}

static napi_value make_sides(napi_env env, const struct run *run) {
    napi_value sides = NULL;
    napi_create_array_with_length(env, run->plan.side_count, &sides);
    for (unsigned number = 0; number < run->plan.side_count; number++)
        napi_set_element(env, sides, number, make_side(env, run, number));
    return sides;
}

static void set_rates(napi_env env, napi_value report, const struct worker *worker) {
    double *rates;
    napi_value array = make_doubles(env, worker->rate_count, &rates);
    if (!array)
        return;
    if (worker->rate_count > 0)
        memcpy(rates, worker->rates, worker->rate_count * sizeof *rates);
    set_property(env, report, "rates", array);
}

static void set_lag(napi_env env, napi_value report, const struct worker *worker) {
    napi_value lag = make_object(env);
    set_histogram(env, lag, worker->lag);
    set_property(env, report, "lag", lag);
}

napi_value make_report(napi_env env, struct run *run) {
    napi_value report = make_object(env);
    if (atomic_load(&run->has_failure)) {
        set_property(env, report, "failure", make_failure(env, &run->failure));
        return report;
    }
    merge_workers(run);
    set_property(env, report, "sides", make_sides(env, run));
    set_engine(env, report, run);
    set_boolean(env, report, "cancelled", atomic_load(&run->cancelled));
    if (run->plan.kind == PLAN_DUEL)
        set_rates(env, report, &run->workers[0]);
    if (run->plan.kind == PLAN_OPEN)
        set_lag(env, report, &run->workers[0]);
    return report;
}

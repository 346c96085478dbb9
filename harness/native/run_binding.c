/*
 * A run between two worlds: JavaScript holds it as an external value, its last thread announces its
 * end by a thread-safe function.
 *
 * Both hold a reference, all counted in the JavaScript thread; the last one frees it. When the
 * environment goes away while a run goes on (exit, end of a worker), a clean-up hook cancels it and
 * joins its threads: they end within microseconds, or when the resolver returns.
 */
#include "run_binding.h"

#include <errno.h>
#include <stdlib.h>

#include "plan_binding.h"
#include "report_binding.h"
#include "run.h"
#include "values.h"

struct binding {
    struct run *run;
    napi_env env;
    napi_threadsafe_function done;
    unsigned references;
    bool joined;
};

static void unref(struct binding *binding) {
    if (--binding->references > 0)
        return;
    run_free(binding->run);
    free(binding);
}

static void join_once(struct binding *binding) {
    if (!binding->joined)
        run_join(binding->run);
    binding->joined = true;
}

static void environment_ends(void *data) {
    struct binding *binding = data;
    run_cancel(binding->run);
    join_once(binding);
}

static void external_is_gone(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    unref(data);
}

static void function_is_gone(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    unref(data);
}

/* In the last thread of the run. The function may be closing already: then nobody waits for the
 * report. */
static void announce(void *context) {
    struct binding *binding = context;
    napi_threadsafe_function done = binding->done;
    if (napi_call_threadsafe_function(done, NULL, napi_tsfn_nonblocking) != napi_closing)
        napi_release_threadsafe_function(done, napi_tsfn_release);
}

/* In the JavaScript thread. */
static void deliver(napi_env env, napi_value callback, void *context, void *data) {
    struct binding *binding = context;
    (void)data;
    if (!env)
        return;
    join_once(binding);
    napi_remove_env_cleanup_hook(env, environment_ends, binding);
    napi_value undefined = NULL;
    napi_value report = make_report(env, binding->run);
    napi_get_undefined(env, &undefined);
    napi_call_function(env, undefined, callback, 1, &report, NULL);
}

static struct binding *create(napi_env env) {
    struct binding *binding = calloc(1, sizeof *binding);
    struct run *run = run_create();
    if (!binding || !run) {
        free(binding);
        free(run);
        throw_system(env, "malloc", ENOMEM);
        return NULL;
    }
    binding->run = run;
    binding->env = env;
    binding->references = 1;
    run->finished = announce;
    run->context = binding;
    return binding;
}

static bool make_done(struct binding *binding, napi_value callback) {
    napi_value name = make_string(binding->env, "load run");
    if (napi_create_threadsafe_function(binding->env, callback, NULL, name, 0, 1, binding,
                                        function_is_gone, binding, deliver,
                                        &binding->done) != napi_ok) {
        napi_throw_error(binding->env, NULL, "a function is needed");
        return false;
    }
    binding->references++;
    return true;
}

/* After the function exists: hooks run last in, first out, so that threads are joined while it can
 * still be called. */
static bool start(struct binding *binding) {
    napi_env env = binding->env;
    napi_add_env_cleanup_hook(env, environment_ends, binding);
    int error = run_start(binding->run);
    if (error == 0)
        return true;
    napi_remove_env_cleanup_hook(env, environment_ends, binding);
    join_once(binding);
    napi_release_threadsafe_function(binding->done, napi_tsfn_abort);
    throw_system(env, "pthread_create", error);
    return false;
}

napi_value binding_start_run(napi_env env, napi_callback_info info) {
    napi_value arguments[2];
    if (!read_arguments(env, info, 2, arguments))
        return NULL;
    struct binding *binding = create(env);
    if (!binding)
        return NULL;
    napi_value external = NULL;
    if (!read_plan(env, arguments[0], &binding->run->plan) || !make_done(binding, arguments[1]) ||
        !start(binding)) {
        unref(binding);
        return NULL;
    }
    napi_create_external(env, binding, external_is_gone, NULL, &external);
    return external;
}

static struct binding *read_binding(napi_env env, napi_callback_info info) {
    napi_value argument;
    void *data = NULL;
    if (read_arguments(env, info, 1, &argument) &&
        napi_get_value_external(env, argument, &data) != napi_ok)
        napi_throw_type_error(env, NULL, "a run is expected");
    return data;
}

napi_value binding_snapshot(napi_env env, napi_callback_info info) {
    struct binding *binding = read_binding(env, info);
    if (!binding)
        return NULL;
    napi_value snapshot = make_object(env);
    set_number(env, snapshot, "phase", atomic_load(&binding->run->phase));
    set_number(env, snapshot, "messages", (double)run_answered(binding->run));
    return snapshot;
}

napi_value binding_cancel(napi_env env, napi_callback_info info) {
    struct binding *binding = read_binding(env, info);
    if (binding && !binding->joined)
        run_cancel(binding->run);
    return NULL;
}

napi_value binding_histogram_of(napi_env env, napi_callback_info info) {
    napi_value argument;
    napi_typedarray_type type;
    size_t length = 0;
    void *data = NULL;
    if (!read_arguments(env, info, 1, &argument))
        return NULL;
    napi_get_typedarray_info(env, argument, &type, &length, &data, NULL, NULL);
    struct histogram *histogram = calloc(1, sizeof *histogram);
    if (!histogram)
        return throw_system(env, "malloc", ENOMEM);
    for (size_t i = 0; data && type == napi_float64_array && i < length; i++)
        histogram_record(histogram, (uint64_t)((const double *)data)[i]);
    napi_value object = make_object(env);
    set_histogram(env, object, histogram);
    free(histogram);
    return object;
}

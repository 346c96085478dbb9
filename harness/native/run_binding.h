/*
 * Starts runs from JavaScript and reports their end there.
 */
#ifndef RUN_BINDING_H
#define RUN_BINDING_H

#include <node_api.h>

/* startRun, snapshot and cancel of addon.ts. */
napi_value binding_start_run(napi_env env, napi_callback_info info);
napi_value binding_snapshot(napi_env env, napi_callback_info info);
napi_value binding_cancel(napi_env env, napi_callback_info info);

/* histogramOf: the buckets that given values fall into, for tests. */
napi_value binding_histogram_of(napi_env env, napi_callback_info info);

#endif

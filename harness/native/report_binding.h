/*
 * Turns a finished run into the report that JavaScript gets (NativeReport in addon.ts).
 */
#ifndef REPORT_BINDING_H
#define REPORT_BINDING_H

#include <node_api.h>

#include "run.h"

/* The report of a run whose threads are joined. Merges the threads' figures into the first one's.
 */
napi_value make_report(napi_env env, struct run *run);

/* `{ counts, maxNs }` of a histogram, set on `object`. */
void set_histogram(napi_env env, napi_value object, const struct histogram *histogram);

#endif

/*
 * Reads a run's plan from JavaScript (NativePlan in addon.ts).
 *
 * engine.ts has checked all ranges; what would write outside of C's memory is checked again here.
 */
#ifndef PLAN_BINDING_H
#define PLAN_BINDING_H

#include <node_api.h>
#include <stdbool.h>

#include "load.h"

/* Returns false with an exception pending. */
bool read_plan(napi_env env, napi_value object, struct plan *plan);

#endif

/*
 * JavaScript values from and to C, with the few shapes that the bindings need.
 *
 * Reading functions return false with a JavaScript exception pending; making functions never fail
 * but for a dying environment, where their result no longer matters.
 */
#ifndef VALUES_H
#define VALUES_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_ARGUMENTS 8u

/* Reads exactly `count` arguments (at most MAX_ARGUMENTS). */
bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments);

bool read_double(napi_env env, napi_value value, double *number);
bool read_int(napi_env env, napi_value value, int *number);

/* `object.name`; a missing one is undefined. */
napi_value get_property(napi_env env, napi_value object, const char *name);

/* `object.name` as a number; an absent one is 0. */
double get_number(napi_env env, napi_value object, const char *name);

/* `object.name` as a string, cut to `size` with its end mark; an absent one is empty. */
void get_string(napi_env env, napi_value object, const char *name, char *text, size_t size);

/* The bytes of a Uint8Array; they belong to JavaScript. */
bool read_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *length);

/* An array of at most `room` whole numbers. */
bool read_ints(napi_env env, napi_value array, int *numbers, size_t room, size_t *count);

napi_value make_object(napi_env env);
napi_value make_number(napi_env env, double number);
napi_value make_string(napi_env env, const char *text);
napi_value make_bytes(napi_env env, const uint8_t *bytes, size_t length);

/* A Float64Array of `count` numbers; *numbers is its memory, to be filled. */
napi_value make_doubles(napi_env env, size_t count, double **numbers);

void set_property(napi_env env, napi_value object, const char *name, napi_value value);
void set_number(napi_env env, napi_value object, const char *name, double number);
void set_string(napi_env env, napi_value object, const char *name, const char *text);
void set_boolean(napi_env env, napi_value object, const char *name, bool value);

/* Throws an Error whose `errno` is the number, for sockets.ts to name. Returns NULL, to be
 * returned. */
napi_value throw_system(napi_env env, const char *call, int error);

#endif

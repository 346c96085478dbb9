/*
 * The conversions of values.h, in the order of their declarations.
 */
#include "values.h"

#include <string.h>

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments) {
    size_t given = count;
    if (napi_get_cb_info(env, info, &given, arguments, NULL, NULL) == napi_ok && given >= count)
        return true;
    napi_throw_type_error(env, NULL, "too few arguments");
    return false;
}

bool read_double(napi_env env, napi_value value, double *number) {
    if (napi_get_value_double(env, value, number) == napi_ok)
        return true;
    napi_throw_type_error(env, NULL, "a number is expected");
    return false;
}

bool read_int(napi_env env, napi_value value, int *number) {
    if (napi_get_value_int32(env, value, number) == napi_ok)
        return true;
    napi_throw_type_error(env, NULL, "a whole number is expected");
    return false;
}

napi_value get_property(napi_env env, napi_value object, const char *name) {
    napi_value value = NULL;
    if (napi_get_named_property(env, object, name, &value) != napi_ok)
        napi_get_undefined(env, &value);
    return value;
}

double get_number(napi_env env, napi_value object, const char *name) {
    double number = 0;
    napi_get_value_double(env, get_property(env, object, name), &number);
    return number;
}

void get_string(napi_env env, napi_value object, const char *name, char *text, size_t size) {
    text[0] = '\0';
    napi_get_value_string_utf8(env, get_property(env, object, name), text, size, NULL);
}

bool read_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *length) {
    napi_typedarray_type type;
    void *data = NULL;
    bool is_typed = false;
    napi_is_typedarray(env, value, &is_typed);
    if (is_typed &&
        napi_get_typedarray_info(env, value, &type, length, &data, NULL, NULL) == napi_ok &&
        type == napi_uint8_array) {
        *bytes = data;
        return true;
    }
    napi_throw_type_error(env, NULL, "a Uint8Array is expected");
    return false;
}

bool read_ints(napi_env env, napi_value array, int *numbers, size_t room, size_t *count) {
    uint32_t length = 0;
    if (napi_get_array_length(env, array, &length) != napi_ok || length > room) {
        napi_throw_type_error(env, NULL, "a short array of whole numbers is expected");
        return false;
    }
    for (uint32_t i = 0; i < length; i++) {
        napi_value element = NULL;
        napi_get_element(env, array, i, &element);
        if (!read_int(env, element, &numbers[i]))
            return false;
    }
    *count = length;
    return true;
}

napi_value make_object(napi_env env) {
    napi_value object = NULL;
    napi_create_object(env, &object);
    return object;
}

napi_value make_number(napi_env env, double number) {
    napi_value value = NULL;
    napi_create_double(env, number, &value);
    return value;
}

napi_value make_string(napi_env env, const char *text) {
    napi_value value = NULL;
    napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
    return value;
}

napi_value make_bytes(napi_env env, const uint8_t *bytes, size_t length) {
    napi_value buffer = NULL;
    napi_value array = NULL;
    void *data = NULL;
    if (napi_create_arraybuffer(env, length, &data, &buffer) != napi_ok)
        return NULL;
    if (length > 0)
        memcpy(data, bytes, length);
    napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &array);
    return array;
}

napi_value make_doubles(napi_env env, size_t count, double **numbers) {
    napi_value buffer = NULL;
    napi_value array = NULL;
    void *data = NULL;
    if (napi_create_arraybuffer(env, count * sizeof **numbers, &data, &buffer) != napi_ok)
        return NULL;
    *numbers = data;
    napi_create_typedarray(env, napi_float64_array, count, buffer, 0, &array);
    return array;
}

void set_property(napi_env env, napi_value object, const char *name, napi_value value) {
    napi_set_named_property(env, object, name, value);
}

void set_number(napi_env env, napi_value object, const char *name, double number) {
    set_property(env, object, name, make_number(env, number));
}

void set_string(napi_env env, napi_value object, const char *name, const char *text) {
    set_property(env, object, name, make_string(env, text));
}

void set_boolean(napi_env env, napi_value object, const char *name, bool value) {
    napi_value boolean = NULL;
    napi_get_boolean(env, value, &boolean);
    set_property(env, object, name, boolean);
}

napi_value throw_system(napi_env env, const char *call, int error) {
    napi_value failure = NULL;
    if (napi_create_error(env, NULL, make_string(env, call), &failure) == napi_ok) {
        set_number(env, failure, "errno", error);
        napi_throw(env, failure);
    }
    return NULL;
}

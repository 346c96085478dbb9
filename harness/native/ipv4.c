/*
 * The conversions of ipv4.h.
 */
#include "ipv4.h"

#include <arpa/inet.h>

#include "values.h"

in_addr_t get_ipv4(napi_env env, napi_value object, const char *name) {
    char text[INET_ADDRSTRLEN];
    struct in_addr parsed = {0};
    get_string(env, object, name, text, sizeof text);
    inet_pton(AF_INET, text, &parsed);
    return parsed.s_addr;
}

in_port_t get_port(napi_env env, napi_value object, const char *name) {
    return htons((uint16_t)get_number(env, object, name));
}

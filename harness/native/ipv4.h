/*
 * IPv4 addresses and ports from JavaScript objects, in network order. No other family.
 */
#ifndef IPV4_H
#define IPV4_H

#include <netinet/in.h>
#include <node_api.h>

/* `object.name`, in dotted form; one that is absent or no address is 0.0.0.0. */
in_addr_t get_ipv4(napi_env env, napi_value object, const char *name);

/* `object.name`, a number; an absent one is 0. */
in_port_t get_port(napi_env env, napi_value object, const char *name);

#endif

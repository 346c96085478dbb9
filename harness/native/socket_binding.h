/*
 * Socket options, TCP_INFO, drop counters, socket tables, the loopback interface, forged datagrams
 * and CPUs for JavaScript.
 *
 * Each throws an Error whose message is the call and whose `errno` says why; sockets.ts makes a
 * sentence of it.
 */
#ifndef SOCKET_BINDING_H
#define SOCKET_BINDING_H

#include <linux/tcp.h>
#include <node_api.h>

napi_value binding_set_option(napi_env env, napi_callback_info info);
napi_value binding_get_option(napi_env env, napi_callback_info info);
napi_value binding_get_option_bytes(napi_env env, napi_callback_info info);
napi_value binding_tcp_info(napi_env env, napi_callback_info info);
napi_value binding_meminfo(napi_env env, napi_callback_info info);
napi_value binding_socket_table(napi_env env, napi_callback_info info);  /* in socket_table.c */
napi_value binding_socket_queues(napi_env env, napi_callback_info info); /* in socket_queues.c */
napi_value binding_socket_info(napi_env env, napi_callback_info info);   /* in socket_queues.c */
napi_value binding_send_urgent(napi_env env, napi_callback_info info);   /* in peer_binding.c */
napi_value binding_drop_incoming(napi_env env, napi_callback_info info); /* in peer_binding.c */
napi_value binding_bring_loopback_up(napi_env env,
                                     napi_callback_info info);         /* in arena_binding.c */
napi_value binding_send_forged(napi_env env, napi_callback_info info); /* in arena_binding.c */
napi_value binding_set_thread_affinity(napi_env env, napi_callback_info info);
napi_value binding_get_thread_affinity(napi_env env, napi_callback_info info);

/* TCP_INFO as an object, for all who get hold of one. */
napi_value make_tcp_info(napi_env env, const struct tcp_info *tcp);

#endif

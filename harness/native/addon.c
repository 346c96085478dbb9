/*
 * The addon's list of functions; addon.ts describes them to TypeScript.
 *
 * It has no state: runs hang on their external values, so it may be loaded by several environments
 * of a process.
 */
#include <node_api.h>

#include "run_binding.h"
#include "socket_binding.h"

#define FUNCTION(name, callback) {name, NULL, callback, NULL, NULL, NULL, napi_enumerable, NULL}

NAPI_MODULE_INIT() {
    const napi_property_descriptor functions[] = {
        FUNCTION("startRun", binding_start_run),
        FUNCTION("snapshot", binding_snapshot),
        FUNCTION("cancel", binding_cancel),
        FUNCTION("histogramOf", binding_histogram_of),
        FUNCTION("setOption", binding_set_option),
        FUNCTION("getOption", binding_get_option),
        FUNCTION("getOptionBytes", binding_get_option_bytes),
        FUNCTION("tcpInfo", binding_tcp_info),
        FUNCTION("meminfo", binding_meminfo),
        FUNCTION("socketTable", binding_socket_table),
        FUNCTION("socketQueues", binding_socket_queues),
        FUNCTION("socketInfo", binding_socket_info),
        FUNCTION("sendUrgent", binding_send_urgent),
        FUNCTION("dropIncoming", binding_drop_incoming),
        FUNCTION("bringLoopbackUp", binding_bring_loopback_up),
        FUNCTION("sendForged", binding_send_forged),
        FUNCTION("setThreadAffinity", binding_set_thread_affinity),
        FUNCTION("getThreadAffinity", binding_get_thread_affinity),
    };
    napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
    return exports;
}

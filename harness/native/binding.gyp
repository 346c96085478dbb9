{
  "targets": [
    {
      "target_name": "engine",
      "sources": [
        "addon.c", "values.c", "ipv4.c", "plan_binding.c", "run_binding.c", "report_binding.c", "socket_binding.c", "socket_table.c", "socket_queues.c", "arena_binding.c", "peer_binding.c",
        "run.c", "worker.c", "side.c", "closed_loop.c", "open_loop.c", "duel.c",
        "dial.c", "stream.c", "connect.c", "datagram.c", "segments.c", "window.c",
        "tcp_echo.c", "framed.c", "fixed.c", "pattern.c", "histogram.c", "failure.c"
      ],
      "defines": ["NAPI_VERSION=9", "_GNU_SOURCE"],
      "cflags": ["-std=c11", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fvisibility=hidden", "-pthread"],
      "ldflags": ["-pthread"]
    }
  ]
}

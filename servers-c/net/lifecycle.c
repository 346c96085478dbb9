/*
 * A server from start to exit: see lifecycle.h.
 *
 * The main thread runs worker 0 and, on the same loop, hears of signals, of workers that have
 * ended and of the drain time-out. A first signal orders all workers to drain, a second one or the
 * time-out orders them to stop.
 * Mirrors servers-ts/net/lifecycle.ts.
 */
#include "lifecycle.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "address.h"
#include "worker.h"

struct process {
    const struct service *service;
    const struct options *options;
    struct worker *workers;
    uint32_t opened; /* of the workers, be it in part */
    uint32_t port;
    struct watch signals;
    struct watch ended; /* workers' threads */
    struct timer drain_deadline;
    bool is_draining;
    bool has_drained;        /* worker 0 */
    const char *stop_reason; /* why workers were told to stop, or NULL */
    bool worker_died;
};

/* ---- before anything is opened ---- */

/*
 * A server started without stdin, stdout or stderr must not get a socket of that number: logs would
 * go to a peer.
 */
static int fill_standard_descriptors(void) {
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    return fd < 0 ? -1 : close(fd);
}

/*
 * SIGPIPE would end the process at a write to a lost peer. The signals that stop us are read from a
 * descriptor.
 */
static int open_signals(struct process *process) {
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &stops, NULL); /* every thread inherits it */
    process->signals.fd = signalfd(-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC);
    process->ended.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return process->signals.fd < 0 || process->ended.fd < 0 ? -1 : 0;
}

/*
 * Raises the soft limit of descriptors to the hard one. Returns how many connections that leaves
 * room for.
 */
static uint32_t connection_limit(const struct options *options) {
    struct rlimit files;
    uint32_t wanted = options->max_connections;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0) {
        return wanted;
    }
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur >= (rlim_t)wanted + RESERVED_DESCRIPTORS) {
        return wanted;
    }
    uint32_t limit =
        files.rlim_cur > RESERVED_DESCRIPTORS ? (uint32_t)files.rlim_cur - RESERVED_DESCRIPTORS : 1;
    log_info("limit", log_text("reason", "descriptors"), log_number("descriptors", files.rlim_cur),
             log_number("connections", limit));
    return limit;
}

/* ---- open ---- */

static int refuse_address(const struct process *process, int error) {
    struct address address = address_of(process->options->host, process->options->port);
    char text[LOG_ADDRESS_BYTES];
    char meaning[128];
    const char *name = strerrorname_np(error);
    snprintf(meaning, sizeof meaning, "%s", strerror(error));
    meaning[0] = (char)tolower((unsigned char)meaning[0]);
    fprintf(stderr, "%s: cannot listen on %s: %s (%s)\n", process->service->name,
            log_address(text, &address.any), name != NULL ? name : "error", meaning);
    return EXIT_CANNOT_LISTEN;
}

static int refuse_call(const struct process *process, const char *call) {
    fprintf(stderr, "%s: %s failed: %s\n", process->service->name, call, strerror(errno));
    return EXIT_SYSTEM;
}

static void on_drained(struct worker *worker, void *context);

/*
 * A worker's share of the limit; at least one, or what the kernel hands to this worker would never
 * be served.
 */
static uint32_t share(uint32_t limit, uint32_t workers, uint32_t index) {
    uint32_t part = limit / workers + (index < limit % workers ? 1 : 0);
    return part > 0 ? part : 1;
}

static int open_workers(struct process *process) {
    const struct options *options = process->options;
    uint32_t limit = process->service->connection != NULL ? connection_limit(options) : 0;
    process->port = options->port;
    for (uint32_t i = 0; i < options->workers; i++) {
        struct worker *worker = &process->workers[process->opened++];
        worker->ended_fd = process->ended.fd;
        worker->on_drained = on_drained;
        worker->context = process;
        if (worker_open(worker, process->service, options, share(limit, options->workers, i),
                        &process->port) < 0) {
            return refuse_address(process, errno);
        }
    }
    return 0;
}

static int start_workers(struct process *process) {
    for (uint32_t i = 0; i < process->options->workers; i++) {
        struct worker *worker = &process->workers[i];
        if (worker_serve(worker) < 0) {
            return refuse_call(process, "epoll_ctl");
        }
        if (i > 0 && worker_start(worker) < 0) {
            return refuse_call(process, "pthread_create");
        }
    }
    return 0;
}

static void announce(const struct process *process) {
    const struct options *options = process->options;
    const char *transport = process->service->datagram != NULL ? "udp" : "tcp";
    log_info("start", log_text("protocol", process->service->protocol),
             log_text("transport", transport), log_text("host", options->host),
             log_number("port", process->port), log_number("pid", (uint64_t)getpid()),
             log_number("workers", options->workers));
    for (uint32_t i = 0; i < options->workers; i++) {
        log_info("listen", log_number("worker", i), log_text("host", options->host),
                 log_number("port", process->port));
    }
    printf("{\"ready\":true,\"protocol\":\"%s\",\"transport\":\"%s\",\"host\":\"%s\",\"port\":%u,"
           "\"pid\":%d}\n",
           process->service->protocol, transport, options->host, process->port, (int)getpid());
    fflush(stdout); /* or it would stay in the buffer where stdout is a pipe */
}

/* ---- stop ---- */

static void order_all(struct process *process, enum worker_order order) {
    for (uint32_t i = 0; i < process->options->workers; i++) {
        worker_order(&process->workers[i], order);
    }
}

static void stop(struct process *process, const char *reason) {
    process->stop_reason = reason;
    order_all(process, WORKER_STOP);
}

static void begin_drain(struct process *process, const char *signal_name) {
    uint64_t connections = 0;
    for (uint32_t i = 0; i < process->options->workers; i++) {
        connections += worker_connections(&process->workers[i]);
    }
    log_info("drain", log_text("signal", signal_name), log_number("connections", connections));
    process->is_draining = true;
    loop_start_timer(&process->workers[0].loop, &process->drain_deadline,
                     process->options->drain_timeout_ms);
    order_all(process, WORKER_DRAIN);
}

static void on_signal(struct watch *watch, uint32_t events) {
    struct process *process = (struct process *)((char *)watch - offsetof(struct process, signals));
    struct signalfd_siginfo info;
    (void)events;
    if (read(watch->fd, &info, sizeof info) != (ssize_t)sizeof info) {
        return;
    }
    if (process->is_draining) {
        stop(process, "second-signal");
    } else {
        begin_drain(process, info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
    }
}

static void on_drain_deadline(struct timer *timer) {
    struct process *process =
        (struct process *)((char *)timer - offsetof(struct process, drain_deadline));
    stop(process, "drain-timeout");
}

static void end_if_all_drained(struct process *process) {
    for (uint32_t i = 1; i < process->options->workers; i++) {
        if (!atomic_load(&process->workers[i].has_ended)) {
            return;
        }
    }
    if (process->has_drained) {
        loop_stop(&process->workers[0].loop);
    }
}

/* On the worker's thread. The main loop runs on until the last worker has ended. */
static void on_drained(struct worker *worker, void *context) {
    struct process *process = context;
    if (worker == &process->workers[0]) {
        process->has_drained = true;
        end_if_all_drained(process);
    } else {
        loop_stop(&worker->loop);
    }
}

/* A thread has ended: drained, or dead. */
static void on_ended(struct watch *watch, uint32_t events) {
    struct process *process = (struct process *)((char *)watch - offsetof(struct process, ended));
    eventfd_t ignored;
    (void)events;
    (void)eventfd_read(watch->fd, &ignored);
    for (uint32_t i = 1; i < process->options->workers; i++) {
        struct worker *worker = &process->workers[i];
        if (atomic_load(&worker->has_ended) && (!process->is_draining || worker->error != 0)) {
            log_error("error", log_text("call", "worker"), log_number("worker", i),
                      log_text("reason", "died"));
            process->worker_died = true;
            stop(process, "worker-died");
            return;
        }
    }
    end_if_all_drained(process);
}

/* ---- exit ---- */

static bool still_owes(const struct process *process) {
    for (uint32_t i = 0; i < process->options->workers; i++) {
        if (process->workers[i].owes) {
            return true;
        }
    }
    return false;
}

static void log_exit(const struct process *process, int code) {
    const char *reason = process->stop_reason != NULL ? process->stop_reason : "drained";
    struct datagram_counts sum = {0};
    if (process->service->datagram == NULL) {
        log_info("exit", log_number("code", (uint64_t)code), log_text("reason", reason));
        return;
    }
    for (uint32_t i = 0; i < process->options->workers; i++) {
        struct datagram_counts counts = datagram_counts(process->workers[i].datagrams);
        sum.received += counts.received;
        sum.sent += counts.sent;
        sum.failed += counts.failed;
    }
    log_info("exit", log_number("code", (uint64_t)code), log_text("reason", reason),
             log_number("received", sum.received), log_number("sent", sum.sent),
             log_number("failed", sum.failed));
}

static int finish(struct process *process) {
    for (uint32_t i = 0; i < process->options->workers; i++) {
        worker_join(&process->workers[i]);
    }
    int code = still_owes(process) ? EXIT_OWING : EXIT_DRAINED;
    if (process->worker_died) {
        code = EXIT_WORKER_DIED;
    }
    log_exit(process, code);
    return code;
}

/* ---- run ---- */

static int serve(struct process *process) {
    struct loop *loop = &process->workers[0].loop;
    process->signals.on_ready = on_signal;
    process->ended.on_ready = on_ended;
    process->drain_deadline.on_due = on_drain_deadline;
    if (loop_watch(loop, &process->signals, EPOLLIN) < 0 ||
        loop_watch(loop, &process->ended, EPOLLIN) < 0) {
        return refuse_call(process, "epoll_ctl");
    }
    announce(process);
    if (loop_run(loop) < 0) {
        log_call_failed("epoll_wait", errno);
        process->worker_died = true;
        stop(process, "worker-died");
    }
    return finish(process);
}

/* Ends the threads that run, whatever has gone wrong, and frees everything. */
static void close_workers(struct process *process) {
    for (uint32_t i = 0; i < process->opened; i++) {
        worker_order(&process->workers[i], WORKER_STOP);
        worker_close(&process->workers[i]);
    }
    free(process->workers);
}

int lifecycle_run(const struct service *service, const struct options *options) {
    struct process process = {.service = service, .options = options};
    if (fill_standard_descriptors() < 0) {
        return refuse_call(&process, "open");
    }
    log_open(options->log_level);
    if (open_signals(&process) < 0) {
        return refuse_call(&process, "signalfd");
    }
    process.workers = calloc(options->workers, sizeof *process.workers);
    if (process.workers == NULL) {
        return refuse_call(&process, "calloc");
    }
    int code = open_workers(&process);
    code = code == 0 ? start_workers(&process) : code;
    code = code == 0 ? serve(&process) : code;
    close_workers(&process);
    close(process.signals.fd);
    close(process.ended.fd);
    return code;
}

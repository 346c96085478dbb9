/*
 * TCP echo on libuv, the event loop below Node, as one would write it for speed: one read buffer
 * for all connections, and uv_try_write first, so that a reply is queued (and copied) only when the
 * socket is full.
 */
#include "contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { READ_BUFFER_BYTES = 256 * 1024, BACKLOG = 511 };

static char read_buffer[READ_BUFFER_BYTES];

struct pending_write {
    uv_write_t request;
    char bytes[];
};

static void on_closed(uv_handle_t *handle) {
    free(handle);
}

static void close_connection(uv_stream_t *stream) {
    if (!uv_is_closing((uv_handle_t *)stream))
        uv_close((uv_handle_t *)stream, on_closed);
}

static void on_buffer_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(read_buffer, sizeof read_buffer);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer);

static void on_written(uv_write_t *request, int status) {
    uv_stream_t *stream = request->handle;
    free(request);
    if (status < 0)
        close_connection(stream);
    else if (!uv_is_closing((uv_handle_t *)stream))
        uv_read_start(stream, on_buffer_wanted, on_read);
}

/* The socket is full: keep a copy of the rest, and read no more from this connection until it is
 * sent. */
static void queue_rest(uv_stream_t *stream, const char *bytes, size_t length) {
    struct pending_write *pending = malloc(sizeof *pending + length);
    if (pending == NULL) {
        close_connection(stream);
        return;
    }
    memcpy(pending->bytes, bytes, length);
    uv_buf_t rest = uv_buf_init(pending->bytes, (unsigned)length);
    uv_read_stop(stream);
    if (uv_write(&pending->request, stream, &rest, 1, on_written) != 0) {
        free(pending);
        close_connection(stream);
    }
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer) {
    if (length < 0) {
        close_connection(stream);
        return;
    }
    if (length == 0)
        return;
    uv_buf_t reply = uv_buf_init(buffer->base, (unsigned)length);
    int sent = uv_try_write(stream, &reply, 1);
    if (sent == UV_EAGAIN)
        sent = 0;
    if (sent < 0)
        close_connection(stream);
    else if (sent < length)
        queue_rest(stream, buffer->base + sent, (size_t)(length - sent));
}

static void on_connection(uv_stream_t *listener, int status) {
    if (status < 0)
        return;
    uv_tcp_t *connection = malloc(sizeof *connection);
    if (connection == NULL)
        return;
    uv_tcp_init(listener->loop, connection);
    if (uv_accept(listener, (uv_stream_t *)connection) != 0) {
        close_connection((uv_stream_t *)connection);
        return;
    }
    uv_tcp_nodelay(connection, 1);
    uv_read_start((uv_stream_t *)connection, on_buffer_wanted, on_read);
}

int main(int argc, char **argv) {
    struct peer_address address = peer_parse_address(argc, argv);
    peer_exit_on_signals();
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;
    uv_tcp_init(loop, &listener);
    if (uv_tcp_bind(&listener, (const struct sockaddr *)&address.storage, 0) != 0 ||
        uv_listen((uv_stream_t *)&listener, BACKLOG, on_connection) != 0) {
        fprintf(stderr, "%s: cannot listen\n", argv[0]);
        return 69;
    }
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&listener, &fd) != 0)
        return 69;
    peer_print_ready(fd, "tcp-echo", "tcp");
    return uv_run(loop, UV_RUN_DEFAULT);
}

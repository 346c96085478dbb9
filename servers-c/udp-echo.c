/*
 * udp-echo: sends every datagram back to the peer that sent it (RFC 862 over UDP).
 *
 * UDP has no connections: half of the sections say so. Nothing is remembered from one datagram to
 * the next, and none is sent twice: what the network loses is lost.
 * Mirrors servers-ts/udp-echo.ts.
 */
#include "net/datagram.h"
#include "net/lifecycle.h"
#include "net/options.h"

/* ---- options ---- */

static const struct usage usage = {
    .name = "udp-echo",
    .purpose = "Sends every datagram back to the peer that sent it (RFC 862 over UDP).",
};

static struct options options;

/* ---- accept ---- */

/* There is nothing to accept: one unconnected socket serves every peer. */

/* ---- read ---- */

static void send_back(struct datagram *datagram);

/* An empty datagram is a datagram: length 0 is no end of anything. */
static void on_datagram(struct datagram *datagram) {
    send_back(datagram);
}

/* ---- write ---- */

/*
 * From the buffer it came in. Net sends the replies of one turn together, and counts those that
 * fail.
 */
static void send_back(struct datagram *datagram) {
    datagram_reply(datagram, datagram->bytes, datagram->length);
}

/* ---- half-close ---- */

/* A datagram has no direction to close. */

/* ---- close ---- */

/*
 * No peer can be closed. At a signal net answers what one more receive call returns, then closes
 * the socket.
 */

/* ---- main ---- */

static const struct datagram_handlers handlers = {.on_datagram = on_datagram};

static const struct service service = {
    .name = "udp-echo",
    .protocol = "udp-echo",
    .datagram = &handlers,
};

int main(int argc, char **argv) {
    int code = options_parse(&usage, argc, argv, &options);
    return code == OPTIONS_RUN ? lifecycle_run(&service, &options) : code;
}

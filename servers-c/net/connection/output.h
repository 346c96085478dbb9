/*
 * What leaves a connection: gathered for one system call, then pending for as long as the kernel
 * takes no more.
 *
 * For net/connection only; a program calls connection_write() and the others of connection.h.
 * Mirrors servers-ts/net/connection/output.ts.
 */
#ifndef NET_CONNECTION_OUTPUT_H
#define NET_CONNECTION_OUTPUT_H

#include "../connections.h"

/* The kernel takes bytes again: sends what is pending, then asks for more or sends our FIN. */
void output_send_more(struct connection *connection);

/* Drops what is gathered and what is pending. */
void output_drop(struct connection *connection);

#endif

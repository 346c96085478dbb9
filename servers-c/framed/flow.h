/*
 * What flows in and out at the end of a turn: waiting replies are produced as the peer reads, and
 * reading stops while too much waits.
 *
 * Which replies there are is answer's business.
 * Mirrors servers-ts/framed/flow.ts.
 */
#ifndef FRAMED_FLOW_H
#define FRAMED_FLOW_H

#include "session.h"

/*
 * What one GENERATE may produce per turn: a fast reader of a long stream does not keep the others
 * waiting.
 */
#define GENERATE_TURN_BYTES 262144

/* Every handler ends here: produce, send, balance, and finish when nothing can follow. */
void flow_settle(struct session *session);

#endif

/*
 * DELAYs that are outstanding: see delays.h.
 *
 * A list, because there are 1,024 of them at most (docs/protocol.md section 8).
 */
#include "delays.h"

#include <stdlib.h>
#include <string.h>

#include "../../given/c/contract.h"

void delays_add(struct delays *delays, uint64_t due_ms, uint16_t id, const uint8_t *payload,
                uint32_t length) {
    struct delay **place = &delays->first;
    struct delay *delay = malloc(sizeof *delay + length);
    if (delay == NULL) {
        contract_give_up("malloc");
    }
    *delay = (struct delay){.due_ms = due_ms, .id = id, .length = length};
    memcpy(delay->payload, payload, length);
    while (*place != NULL && (*place)->due_ms <= due_ms) {
        place = &(*place)->next;
    }
    delay->next = *place;
    *place = delay;
    delays->count++;
    delays->bytes += length;
}

void delays_remove_first(struct delays *delays) {
    struct delay *first = delays->first;
    delays->first = first->next;
    delays->count--;
    delays->bytes -= first->length;
    free(first);
}

void delays_clear(struct delays *delays) {
    while (delays->first != NULL) {
        delays_remove_first(delays);
    }
}

/*
 * The duel: two targets loaded by turns in short slices, so that whatever disturbs the machine
 * disturbs both.
 *
 * Pair by pair the order flips. A slice is timed from its first send to the reading of the clock
 * that ends it; answers within count, those that come while it is drained do not (the same for both
 * sides: the load begins on an idle server, and at its end as much is under way as the depth
 * allows). While one side is loaded nothing is outstanding at the other.
 */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "run.h"
#include "worker.h"

static double slice(struct worker *worker, unsigned number, bool measure) {
    struct side *side = &worker->sides[number];
    uint64_t before = side->measured->messages;
    uint64_t lasted = side_load(side, worker->run->plan.slice_ns, measure);
    side_drain(side);
    if (measure)
        side->measured->duration_ns += lasted;
    double messages = (double)(side->measured->messages - before);
    return lasted == 0 ? 0 : messages * NS_PER_S / (double)lasted;
}

/* Both slices of a pair; rates[0] is A's whatever the order. */
static void run_pair(struct worker *worker, size_t pair, bool measure, double rates[MAX_SIDES]) {
    unsigned first = pair % 2;
    rates[first] = slice(worker, first, measure);
    rates[1 - first] = slice(worker, 1 - first, measure);
}

static bool keep(struct worker *worker, const double rates[MAX_SIDES]) {
    size_t count = worker->rate_count;
    if ((count & (count - 1)) == 0) { /* doubles at every power of two */
        size_t room = count == 0 ? MAX_SIDES : count * 2;
        double *grown = realloc(worker->rates, room * sizeof *grown);
        if (!grown) {
            fail_system(worker, 0, "realloc", ENOMEM);
            return false;
        }
        worker->rates = grown;
    }
    worker->rates[worker->rate_count++] = rates[0];
    worker->rates[worker->rate_count++] = rates[1];
    return true;
}

void duel(struct worker *worker) {
    const struct plan *plan = &worker->run->plan;
    double rates[MAX_SIDES];
    run_enter(worker, PHASE_WARM_UP);
    uint64_t end = clock_now_ns() + plan->warmup_ns;
    for (size_t pair = 0; worker_runs(worker) && clock_now_ns() < end; pair++)
        run_pair(worker, pair, false, rates);
    worker_begin_measuring(worker);
    end = clock_now_ns() + plan->duration_ns;
    for (size_t pair = 0; worker_runs(worker) && clock_now_ns() < end; pair++) {
        run_pair(worker, pair, true, rates);
        if (worker_runs(worker) && !keep(worker, rates)) /* half a pair compares nothing */
            break;
    }
    worker_stop_clocks(worker);
    worker_end_measuring(worker);
}

/*
 * The closed loop: every answer is followed by the next request, so the depth is always
 * outstanding.
 *
 * The thread sleeps in epoll_wait when nothing has come: it never spins, so its CPU time is what
 * the load costs.
 */
#include "run.h"
#include "worker.h"

void closed_loop(struct worker *worker) {
    const struct plan *plan = &worker->run->plan;
    struct side *side = &worker->sides[0];
    if (plan->warmup_ns > 0) {
        run_enter(worker, PHASE_WARM_UP);
        side_load(side, plan->warmup_ns, false);
        side_drain(side);
    }
    worker_begin_measuring(worker);
    side->measured->duration_ns = side_load(side, plan->duration_ns, true);
    worker_stop_clocks(worker);
    side_drain(side);
    worker_end_measuring(worker);
}

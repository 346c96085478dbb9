/* Fault: a DELAY that is due queues behind the GENERATE that is being sent. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.delays_behind_generate = true});
}

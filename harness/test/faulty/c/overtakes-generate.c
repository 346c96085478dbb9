/* Fault: replies that are ready do not wait for the GENERATE before them. */
#include "base.h"

int main(int argc, char **argv) {
    return serve_framed(argc, argv, &(struct fault){.overtakes_generate = true});
}

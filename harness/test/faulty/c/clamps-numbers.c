/* Fault: a --max-pending-bytes above the range is taken for the largest of the range. */
#include <stdlib.h>
#include <string.h>

#include "base.h"

int main(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--max-pending-bytes") == 0 && atoll(argv[i + 1]) > 1073741824) {
            argv[i + 1] = "1073741824";
        }
    }
    return serve_framed(argc, argv, &(struct fault){0});
}

/*
 * libFuzzer target: any bytes are a case for a module of wire/, and none gives a fault; what the
 * outcome is does not matter here. `make fuzz` in servers-c builds it.
 *
 * The inputs that it keeps are fed to both languages afterwards: harness/fuzz.
 */
#include <stdlib.h>
#include <string.h>

#include "codec_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    char *text = NULL;
    size_t text_length = 0;
    FILE *outcome = open_memstream(&text, &text_length);
    if (outcome == NULL) {
        return -1;
    }
    codec_case((struct script){bytes, length}, outcome);
    fclose(outcome);
    if (strstr(text, "fault(") != NULL) {
        fprintf(stderr, "%s\n", text);
        abort();
    }
    free(text);
    return 0;
}

/* Fault: after our FIN the peer's is waited for as long as it takes; --linger-ms is overridden by a
 * last one of a day. */
#include <string.h>

#include "base.h"

enum { MOST_WORDS = 64 };

int main(int argc, char **argv) {
    char *words[MOST_WORDS + 2];
    int count = argc < MOST_WORDS ? argc : MOST_WORDS;
    memcpy(words, argv, (size_t)count * sizeof *words);
    words[count++] = (char[]){"--linger-ms=86400000"};
    return serve_framed(count, words, &(struct fault){0});
}

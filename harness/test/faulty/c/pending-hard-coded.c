/* Fault: 1 MiB of replies for every connection, whatever --max-pending-bytes says. */
#include <string.h>

#include "base.h"

enum { MOST_WORDS = 64 };

int main(int argc, char **argv) {
    char *words[MOST_WORDS + 2];
    int count = argc < MOST_WORDS ? argc : MOST_WORDS;
    memcpy(words, argv, (size_t)count * sizeof *words);
    words[count++] = (char[]){"--max-pending-bytes=1048576"};
    return serve_tcp_echo(count, words, &(struct fault){0});
}

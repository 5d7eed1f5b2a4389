/*
 * Runs a fuzz target over files instead of over inventions: every file named on the command line is
 * given to it once. The ordinary test run does this with the seed corpus.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_SIZE_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Gives one file to the target; false when it cannot be read whole. */
static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(FILE_SIZE_MAX);
    size_t size = 0;
    int complete = 0;

    if (file != NULL && bytes != NULL) {
        size = fread(bytes, 1, FILE_SIZE_MAX, file);
        complete = !ferror(file) && size < FILE_SIZE_MAX;
    }
    if (file != NULL)
        (void)fclose(file);
    if (complete) {
        /* A block of exactly this size, so that a read past its end is seen by the sanitizers. */
        uint8_t *exact = realloc(bytes, size == 0 ? 1 : size);

        if (exact != NULL)
            bytes = exact;
        (void)LLVMFuzzerTestOneInput(bytes, size);
    }
    free(bytes);
    return complete;
}

int main(int count, char **arguments)
{
    if (count < 2) {
        (void)fprintf(stderr, "usage: %s FILE...\n", arguments[0]);
        return 2;
    }
    for (int i = 1; i < count; i++) {
        if (!replay(arguments[i])) {
            (void)fprintf(stderr, "cannot read %s\n", arguments[i]);
            return 1;
        }
    }
    (void)printf("%d file(s) replayed\n", count - 1);
    return 0;
}

/* Replays the files named on the command line through a fuzz target, so that the ordinary suite runs
   every input that was ever worth keeping. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_SIZE_BYTES_MAX ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path, uint8_t *bytes)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        return 1;
    }

    const size_t size = fread(bytes, 1, INPUT_SIZE_BYTES_MAX, file);
    const int failed = ferror(file);

    (void)fclose(file);
    if (failed != 0) {
        perror(path);
        return 1;
    }
    (void)LLVMFuzzerTestOneInput(bytes, size);
    return 0;
}

int main(int count, char **paths)
{
    uint8_t *bytes = malloc(INPUT_SIZE_BYTES_MAX);
    int failed = bytes == NULL;

    if (count < 2) {
        fprintf(stderr, "no input to replay\n");
        failed = 1;
    }
    for (int i = 1; i < count && bytes != NULL; i++)
        failed |= replay(paths[i], bytes);
    free(bytes);
    printf("%d inputs replayed\n", count - 1);
    return failed;
}

/* A program, not a DLL: an operator's command for faults. It writes its words to the file that is its first argument,
 * and fails if they begin with "drop". */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    FILE *out = argc > 2 ? fopen(argv[1], "a") : NULL;
    if (!out)
        return 9;
    for (int i = 2; i < argc; i++)
        fprintf(out, "%s%s", i > 2 ? " " : "", argv[i]);
    fprintf(out, "\n");
    fclose(out);
    printf("this is no trace\n");
    return strcmp(argv[2], "drop") ? 0 : 3;
}

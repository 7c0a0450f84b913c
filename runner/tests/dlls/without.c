/* Exports nothing of Winsock. */
__declspec(dllexport) int nothing(void);
__declspec(dllexport) int nothing(void) {
    return 0;
}

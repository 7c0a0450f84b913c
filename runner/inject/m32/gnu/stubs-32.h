/* glibc's headers want this file for -m32, and it comes with a library of 32 bits that nothing here is linked with. */

#include <full.h>

#define WSCONFORM_NAME "full"
/* Its sockets are descriptors, though it makes some of them itself. */
#define WSCONFORM_SOCKETS_ARE_FDS 1

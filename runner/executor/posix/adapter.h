/*
 * adapter.h - a template: what is different about a porting layer. Copy it, delete what does not apply, and say
 *
 *     ./wsconform run --winsock-include DIR --winsock-library FILE --winsock-adapter COPY.h
 *
 * It is read first when the executor is compiled against your headers, as C; after it comes <winsock2.h>, if DIR has
 * one and this file does not include it. The executor then makes its calls in Winsock's own words:
 * WSASend(s, buffers, count, &sent, flags, overlapped, routine). Any name can be turned into what your layer has, by a
 * macro. Functions, types and constants that you do not have need not be listed: each is looked for in the headers and
 * in the libraries, and cases that need one which is missing are `unsupported` and say which. Only WSASend is
 * necessary, and the types SOCKET and WSABUF.
 *
 * As it stands here this file changes nothing: each line that is commented out shows the default, or an example.
 */

/* Your headers, unless they are DIR/winsock2.h. Where they declare no sockaddr_in the system's <netinet/in.h> is used.
 */
/* #include <mylayer/sockets.h> */

/* What the target is called in reports. By default as the first library: "my" for libmy.so. */
/* #define WSCONFORM_NAME "mylayer" */
/* #define WSCONFORM_VERSION "1.2" */

/* Other names, or fewer arguments. A macro may also bring in a function that is written right here. */
/* #define WSASend my_WSASend */
/* #define WSASend(s, buffers, n, sent, flags, overlapped, routine) my_send(s, buffers, n, sent, flags) */
/* #define closesocket(s) my_close(s) */
/* #define WSAStartup(version, data) my_begin() */
/* #define WSASocketW(family, type, protocol, info, group, flags) WSASocketA(family, type, protocol, info, group, flags)
 */

/* What your headers only pretend to have, so that programs compile, is held to its word: after a WSACleanup that does
 * nothing WSASend must fail all the same. Take it away here, and those cases are unsupported. */
/* #undef WSAStartup */
/* #undef WSACleanup */

/* Other types. SOCKET may be a number or a pointer. */
/* typedef struct my_socket *SOCKET; */
/* typedef struct my_buffer WSABUF; */
/* #define INVALID_SOCKET NULL */

/* The members of a WSABUF. */
/* #define WSCONFORM_LEN len */
/* #define WSCONFORM_BUF buf */

/* A SOCKET that is neither a number nor a pointer: from and to an intptr_t. */
/* #define WSCONFORM_FROM_SOCKET(s) ((intptr_t)(s)) */
/* #define WSCONFORM_TO_SOCKET(n) ((SOCKET)(n)) */

/* Are sockets file descriptors, so that the system's own functions (bind, select, setsockopt ...) serve where your
 * library has none? By default they do if SOCKET is a number and your library has neither socket nor WSASocketW. */
/* #define WSCONFORM_SOCKETS_ARE_FDS 1 */

/* Errors. By default WSAGetLastError() where you have it, else errno. They are compared with your own WSAE...
 * constants, whatever their values and whether they are macros, enumerators or objects; one that you do not declare is
 * taken to be the errno of the same name. */
/* #define WSCONFORM_LAST_ERROR() my_last_error() */

/* The document says that WSASend refuses what is no socket. Where SOCKET is a pointer it may rather crash, and that is
 * told as a crash. Say 1 if your layer does not promise that: those cases are unsupported then, and so is an hEvent
 * that is no event. */
/* #define WSCONFORM_ONLY_SOCKETS 0 */

/* Where your library cannot listen, accept, receive and select, the other end of each connection is a socket of the
 * system. Say 1 to have it so in any case: then only the socket under test is your layer's. */
/* #define WSCONFORM_HOST_PEERS 0 */

/* Say 1 if the headers declare WSAOVERLAPPED, but nothing uses it. */
/* #define WSCONFORM_NO_OVERLAPPED 0 */

/* What stands before the name of a completion routine. */
/* #define WSCONFORM_CALLBACK CALLBACK */

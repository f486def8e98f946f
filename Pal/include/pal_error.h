/* SPDX-License-Identifier: MIT */
/* The error codes of the PAL Host ABI: the only list, from which the constants and the texts come.
 * Names no host and no host's errno; a host translates its own errors in one table of its own. */
#ifndef PAL_INCLUDE_PAL_ERROR_H
#define PAL_INCLUDE_PAL_ERROR_H

/* X(name, number, text): the code is PAL_ERROR_<name>; numbers are ABI and never change. */
#define PAL_ERROR_MAP(X)                                                                                               \
    X(NOTIMPLEMENTED, 1, "not implemented on this host")                                                               \
    X(NOTDEFINED, 2, "not defined")                                                                                    \
    X(NOTSUPPORT, 3, "not supported")                                                                                  \
    X(INVAL, 4, "invalid argument")                                                                                    \
    X(TOOLONG, 5, "name or argument too long")                                                                         \
    X(DENIED, 6, "permission denied")                                                                                  \
    X(BADHANDLE, 7, "bad handle")                                                                                      \
    X(STREAMEXIST, 8, "stream already exists")                                                                         \
    X(STREAMNOTEXIST, 9, "stream does not exist")                                                                      \
    X(STREAMISFILE, 10, "stream is a file, not a directory")                                                           \
    X(STREAMISDIR, 11, "stream is a directory")                                                                        \
    X(STREAMISDEVICE, 12, "stream is a device")                                                                        \
    X(INTERRUPTED, 13, "interrupted")                                                                                  \
    X(OVERFLOW, 14, "value or buffer overflow")                                                                        \
    X(BADADDR, 15, "bad address")                                                                                      \
    X(NOMEM, 16, "out of memory")                                                                                      \
    X(NOTKILLABLE, 17, "not killable")                                                                                 \
    X(INCONSIST, 18, "inconsistent state")                                                                             \
    X(TRYAGAIN, 19, "try again")                                                                                       \
    X(ENDOFSTREAM, 20, "end of stream")                                                                                \
    X(NOTSERVER, 21, "not a server stream")                                                                            \
    X(NOTCONNECTION, 22, "not connected")                                                                              \
    X(ZEROSIZE, 23, "size is zero")                                                                                    \
    X(CONNFAILED, 24, "connection failed")                                                                             \
    X(ADDRNOTEXIST, 25, "address does not exist")                                                                      \
    X(NOSPACE, 26, "no space left")                                                                                    \
    X(READONLY, 27, "read-only")                                                                                       \
    X(LINKLOOP, 28, "too many levels of symbolic links")                                                               \
    X(TOOMANY, 29, "too many open streams, threads or processes")                                                      \
    X(BUSY, 30, "busy")                                                                                                \
    X(NOTEMPTY, 31, "directory not empty")                                                                             \
    X(CROSSDEVICE, 32, "on another device")                                                                            \
    X(IO, 33, "input/output error")                                                                                    \
    X(TIMEDOUT, 34, "timed out")                                                                                       \
    X(ADDRINUSE, 35, "address already in use")                                                                         \
    X(NOEXEC, 36, "not an executable")                                                                                 \
    X(TOOBIG, 37, "argument list or file too large")

#define PAL_ERROR_CONSTANT(name, number, text) PAL_ERROR_##name = (number),
enum pal_error { PAL_ERROR_MAP(PAL_ERROR_CONSTANT) };
#undef PAL_ERROR_CONSTANT

#endif

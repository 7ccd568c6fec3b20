/* Makes a server slower by a known time: each write(2) computes for SLOWER_NS nanoseconds of its own first. To be preloaded. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long slower = -1;

static long used(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

ssize_t write(int fd, const void *data, size_t size) {
    if (slower < 0) {
        const char *word = getenv("SLOWER_NS");
        slower = word ? atol(word) : 0;
    }
    if (slower > 0)
        for (long end = used() + slower; used() < end;)
            ;
    return syscall(SYS_write, fd, data, size);
}

// Counts the heap allocations of the process into which it is preloaded, for `check`.
//
//   ALLOCATION_COUNTS=FILE LD_PRELOAD=counter.so PROGRAM
//
// FILE is created with two native 64-bit numbers, which others may read at any time: the number of allocations and
// their total size in bytes. Allocations before the constructor of this library are not counted. Every request is
// passed on to glibc under the internal names of its functions, so that no look-up, and no allocation, is necessary.
// C++'s `new` and Swift's runtime call these functions as well.

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

struct counts {
    _Atomic uint64_t allocations;
    _Atomic uint64_t bytes;
};

static struct counts before_start;
static struct counts *_Atomic counts = &before_start;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("ALLOCATION_COUNTS");
    if (!path) return;
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    void *memory = MAP_FAILED;
    if (file >= 0 && ftruncate(file, sizeof(struct counts)) == 0)
        memory = mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) {
        perror(path);
        _exit(73);
    }
    close(file);
    atomic_store(&counts, memory);
}

static void count(size_t bytes) {
    struct counts *into = atomic_load_explicit(&counts, memory_order_relaxed);
    atomic_fetch_add_explicit(&into->allocations, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&into->bytes, bytes, memory_order_relaxed);
}

void *malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count(size);
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    count(size);
    void *found = __libc_memalign(alignment, size);
    if (!found) return ENOMEM;
    *memory = found;
    return 0;
}

// What the module Glibc leaves out: epoll(7), and memmem(3), which stands behind _GNU_SOURCE.
#include <stddef.h>
#include <sys/epoll.h>

void *memmem(const void *haystack, size_t haystack_size, const void *needle, size_t needle_size);

#include "runtime/heap.hpp"

#include <malloc.h>

namespace quittance::runtime {

void return_large_blocks() {
    constexpr int kBytes = 256 * 1024;
    mallopt(M_MMAP_THRESHOLD, kBytes);
}

void return_free_pages() {
    malloc_trim(0);
}

}  // namespace quittance::runtime

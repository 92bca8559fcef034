// The heap of a process: how memory goes back to the system after a burst.
#pragma once

namespace quittance::runtime {

// Blocks of 256 KiB and more get pages of their own, which go back to the system when they are freed. Without this call
// glibc raises that size with each such block that is freed, up to 32 MiB, and then keeps their pages. Call it once, at
// the start.
void return_large_blocks();

// Returns the pages of free smaller blocks to the system. It takes milliseconds, during which other threads may wait
// for memory: call it after a burst, not after each request.
void return_free_pages();

}  // namespace quittance::runtime

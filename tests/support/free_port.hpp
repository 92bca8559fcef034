// A port that a program must find free, or come back to: one that the kernel gives to nobody else meanwhile, neither to
// another listener nor to an outgoing connection (which, to a port of the kernel's own range on which nobody listens,
// may even meet itself).
#pragma once

namespace quittance::test {

// On 127.0.0.1; nobody listens on it now, and no other test or stack chooses it before this process has ended. Throws
// std::runtime_error where there is none.
int free_port();

}  // namespace quittance::test

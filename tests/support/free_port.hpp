// A port for programs that cannot be told to choose one themselves.
#pragma once

namespace quittance::test {

// On 127.0.0.1; nobody listens on it now. Somebody may take it before the program does: then try with another. Throws
// std::runtime_error where there is none.
int free_port();

}  // namespace quittance::test

// Ends connections whose header has no end, and those that reset too many calls. gRPC 1.51 keeps such a header in
// memory, at 450 MiB a second (CVE-2023-33953), and what belongs to calls that were reset for a while, at 100 MiB a
// second (CVE-2023-44487). No setting of it helps. So what it reads is looked at on its way: this program defines
// recvmsg() and SSL_read(), by which the shared library reads, and passes on what they give. Where it is too much, the
// read fails and gRPC closes the connection. Only the server's side of a connection is looked at.
#pragma once

#include <cstddef>

namespace quittance::rpc {

// The longest header of a call, in bytes on the wire: twice what gRPC accepts when it is unpacked.
inline constexpr std::size_t kMostHeaderBytes = 32 * 1024;

// A connection without TLS that we have just accepted: from now on its reads are looked at. Connections with TLS are
// recognised without this.
void guard_plain_connection(int descriptor);

// How many connections were ended for either reason, in this process.
std::size_t endless_headers();
std::size_t reset_floods();

}  // namespace quittance::rpc

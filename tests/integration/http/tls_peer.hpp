// The server's side of TLS on a raw connection, with OpenSSL's own blocking calls: not the library under test.
#pragma once

#include <memory>
#include <string>

#include "integration/http/certificates.hpp"
#include "integration/http/raw_connection.hpp"

namespace quittance::test {

class TlsPeer {
  public:
    explicit TlsPeer(const CertificateAuthority::Pair& pair);
    ~TlsPeer();

    class Stream {
      public:
        Stream(TlsPeer& peer, RawConnection& connection);
        ~Stream();
        // False where the other side did not want to.
        bool shake_hands();
        // Head and Content-Length's body; empty at the end.
        std::string read_request();
        void write(const std::string& bytes);
        // The other side's name for us, as it asked for it (SNI); empty where it named none.
        std::string asked_name() const;
        // Whether the handshake resumed an earlier one's session.
        bool resumed() const;

      private:
        struct State;
        std::unique_ptr<State> state_;
    };

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace quittance::test

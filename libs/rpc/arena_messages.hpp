// Allocates the messages of a gRPC call on an arena: their hundreds of fields need no allocation each, and all are
// freed at once. Our clients do so for every reply. A server does so for the methods that are told to:
//
//   service.SetMessageAllocatorFor_BatchListInvoices(&messages);  // before the server starts; `messages` outlives it
#pragma once

#include <google/protobuf/arena.h>
#include <grpcpp/support/message_allocator.h>

#include <cstddef>

namespace quittance::rpc {

// The size of each further block is twice the last one's, up to a limit: the C library requests each block of 128 KiB
// or more from the kernel.
inline google::protobuf::ArenaOptions arena_options(std::size_t first_block_bytes) {
    constexpr std::size_t kLargestBlock = 64 * 1024;
    google::protobuf::ArenaOptions options;
    options.start_block_size = first_block_bytes < kLargestBlock ? first_block_bytes : kLargestBlock;
    options.max_block_size = kLargestBlock;
    return options;
}

template <class Request, class Response>
class ArenaMessages final : public grpc::MessageAllocator<Request, Response> {
  public:
    grpc::MessageHolder<Request, Response>* AllocateMessages() override { return new Held; }

  private:
    static constexpr std::size_t kFirstBlock = 16 * 1024;

    // gRPC calls Release() once, when the call is done.
    class Held final : public grpc::MessageHolder<Request, Response> {
      public:
        Held() : arena_(arena_options(kFirstBlock)) {
            this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
            this->set_response(google::protobuf::Arena::CreateMessage<Response>(&arena_));
        }
        void Release() override { delete this; }

      private:
        google::protobuf::Arena arena_;
    };
};

}  // namespace quittance::rpc

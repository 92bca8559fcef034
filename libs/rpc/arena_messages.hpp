// Allocates the messages of a gRPC method on one arena for each call. Use it for methods with large messages: their
// hundreds of fields need no allocation each, and all are freed at once.
//
//   service.SetMessageAllocatorFor_BatchListInvoices(&messages);  // before the server starts; `messages` outlives it
#pragma once

#include <google/protobuf/arena.h>
#include <grpcpp/support/message_allocator.h>

#include <cstddef>

namespace quittance::rpc {

// The blocks are smaller than the size from which the C library requests each block from the kernel.
inline google::protobuf::ArenaOptions arena_of_answer() {
    constexpr std::size_t kFirstBlock = 16 * 1024;
    constexpr std::size_t kLargestBlock = 64 * 1024;
    google::protobuf::ArenaOptions options;
    options.start_block_size = kFirstBlock;
    options.max_block_size = kLargestBlock;
    return options;
}

template <class Request, class Response>
class ArenaMessages final : public grpc::MessageAllocator<Request, Response> {
  public:
    grpc::MessageHolder<Request, Response>* AllocateMessages() override { return new Held; }

  private:
    // gRPC calls Release() once, when the call is done.
    class Held final : public grpc::MessageHolder<Request, Response> {
      public:
        Held() : arena_(arena_of_answer()) {
            this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
            this->set_response(google::protobuf::Arena::CreateMessage<Response>(&arena_));
        }
        void Release() override { delete this; }

      private:
        google::protobuf::Arena arena_;
    };
};

}  // namespace quittance::rpc

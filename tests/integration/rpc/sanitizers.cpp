// What the sanitisers cannot know about gRPC, which Debian builds without them. They ask for these functions by their
// names; without a sanitiser nobody calls them.

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
const char* __lsan_default_suppressions();
const char* __tsan_default_options();
const char* __tsan_default_suppressions();

// c-ares, which gRPC resolves host names with, keeps some bytes that nobody points at when the process ends.
const char* __lsan_default_suppressions() {
    return "leak:libcares";
}

// gRPC hands calls from thread to thread under locks that ThreadSanitizer does not see.
const char* __tsan_default_options() {
    return "ignore_noninstrumented_modules=1";
}
const char* __tsan_default_suppressions() {
    return "race:grpc::internal\nrace:grpc::ByteBuffer\nrace:^grpc::Call\nmutex:libgrpc\nmutex:absl\n";
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

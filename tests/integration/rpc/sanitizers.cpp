// Suppressions of the sanitisers for gRPC, which Debian builds without them. The sanitisers' runtimes look up these
// functions by name.

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
const char* __lsan_default_suppressions();
const char* __tsan_default_options();
const char* __tsan_default_suppressions();

// c-ares, by which gRPC resolves host names, leaks some bytes when the process ends.
const char* __lsan_default_suppressions() {
    return "leak:libcares";
}

// gRPC passes calls between threads under locks that ThreadSanitizer does not see.
const char* __tsan_default_options() {
    return "ignore_noninstrumented_modules=1";
}
const char* __tsan_default_suppressions() {
    return "race:grpc::internal\nrace:grpc::ByteBuffer\nrace:^grpc::Call\nmutex:libgrpc\nmutex:absl\n";
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

// c-ares, which gRPC resolves host names with, keeps some bytes that nobody points at when the process ends.
// LeakSanitizer asks for this function by its name; without it nobody calls it.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)

extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
    return "leak:libcares";
}

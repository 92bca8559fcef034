#include "rpc/grpc_log.hpp"

#include <cstdint>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/token_bucket.hpp"
#include "runtime/log.hpp"

namespace quittance::rpc {
namespace {

constexpr double kLinesPerSecond = 10;
constexpr std::size_t kLongestText = 1'000;

struct Admission {
    bool admitted;
    std::int64_t left_out;  // since the line before
};

Admission admit() {
    static std::mutex mutex;
    static base::TokenBucket bucket(kLinesPerSecond, kLinesPerSecond);
    static std::int64_t left_out = 0;
    const std::lock_guard lock(mutex);
    if (bucket.take(base::TokenBucket::Clock::now()) == base::TokenBucket::Clock::duration::zero())
        return {true, std::exchange(left_out, 0)};
    ++left_out;
    return {false, 0};
}

std::string_view name_of(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

void log_line_of_grpc(const gpr_log_func_args& line) {
    const auto [admitted, left_out] = admit();
    if (!admitted) return;
    if (left_out > 0) runtime::log_warn("lines of gRPC were left out", {{"lines", left_out}});
    const auto text = std::string_view(line.message).substr(0, kLongestText);
    const auto level = line.severity == GPR_LOG_SEVERITY_ERROR  ? runtime::log_warn
                       : line.severity == GPR_LOG_SEVERITY_INFO ? runtime::log_info
                                                                : runtime::log_debug;
    level("gRPC", {{"text", text}, {"file", name_of(line.file)}, {"line", line.line}});
}

}  // namespace quittance::rpc

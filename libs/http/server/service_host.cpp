#include "http/server/service_host.hpp"

#include <boost/asio/post.hpp>
#include <cstdlib>
#include <utility>

#include "runtime/heap.hpp"
#include "runtime/process.hpp"
#include "runtime/process_start.hpp"
#include "runtime/ready_file.hpp"
#include "tracing/exporter.hpp"

namespace quittance::http {

Host::Host(runtime::Configuration configuration)
    : settings_(std::move(configuration)),
      drain_budget_(std::chrono::seconds(settings_.integer("DRAIN_SECONDS", 1, 600))) {}

int Host::run(const RunningService& service) {
    const auto& metrics_listen = settings_.text("METRICS_LISTEN");
    OperationsServer operations(metrics_listen, metrics_, service.ready, service.alive);
    const auto metrics_address = address_of(metrics_listen, operations.port());
    const auto announce = [&] {
        if (service.on_serving) service.on_serving();
        runtime::write_ready_file(
            {{std::string(service.setting), service.address}, {"METRICS_LISTEN", metrics_address}});
        if (service.detail)
            runtime::log_info("serving",
                              {{service.field, service.address}, {"metrics", metrics_address}, *service.detail});
        else
            runtime::log_info("serving", {{service.field, service.address}, {"metrics", metrics_address}});
    };
    // By value: a service that is slow to start may call it after run(), when the loop has stopped.
    const std::function<void()> announce_on_loop = [&loop = loop_, announce] { boost::asio::post(loop, announce); };
    if (service.start) {
        // The operations port shows an operator why a service does not serve yet.
        runtime::log_info("listening", {{service.field, service.address}, {"metrics", metrics_address}});
        service.start(announce_on_loop);
    } else {
        announce_on_loop();
    }
    const auto stop = [&](std::chrono::steady_clock::time_point deadline) {
        operations.set_draining();
        return service.stop(deadline);
    };
    const bool clean = runtime::run_until_signal(loop_, drain_budget_, stop);
    return clean ? EXIT_SUCCESS : EXIT_FAILURE;
}

std::string address_of(const std::string& listen, std::uint16_t port) {
    return listen.substr(0, listen.rfind(':') + 1) + std::to_string(port);
}

int serve(const ServiceName& name, std::span<const runtime::Setting> settings, int argc, const char* const* argv,
          const std::function<int(Host&)>& service) {
    // Before the configuration, which reads the secrets.
    runtime::start_process();
    runtime::ignore_hangups();
    // The form that the environment asks for, also for the line that says what is wrong with the settings.
    const auto* format = std::getenv("LOG_FORMAT");
    runtime::start_log(name.log, format != nullptr ? format : "text", "info");
    try {
        runtime::return_large_blocks();
        const auto all = runtime::with_common_settings(settings);
        auto configuration = runtime::Configuration::read(name.program, name.about, all, argc, argv);
        runtime::start_log(name.log, configuration.one_of("LOG_FORMAT", {"text", "json"}),
                           configuration.one_of("LOG_LEVEL", {"trace", "debug", "info", "warn", "error"}));
        if (configuration.boolean("ALLOW_DUMPS")) {
            runtime::allow_dumps();
            runtime::log_warn("ALLOW_DUMPS=true: core dumps and debuggers may read the secrets of this process");
        }
        const auto traces = tracing::read_exporter(configuration, std::string(name.program));
        Host host(std::move(configuration));
        const tracing::Exporter exporter(traces, host.metrics());
        return service(host);
    } catch (const std::exception& error) {
        runtime::log_error(error.what(), {{"program", name.program}});
        return EXIT_FAILURE;
    }
}

}  // namespace quittance::http

#include "rpc/status.hpp"

namespace quittance::rpc {

grpc::Status make_status(grpc::StatusCode code, std::string_view message, const v1::ErrorDetail& detail) {
    v1::StatusDetails details;
    details.set_code(code);
    details.set_message(std::string(message));
    details.add_details()->PackFrom(detail);
    return {code, std::string(message), details.SerializeAsString()};
}

grpc::Status make_status(grpc::StatusCode code, std::string_view message, std::string_view reason) {
    v1::ErrorDetail detail;
    detail.set_reason(std::string(reason));
    return make_status(code, message, detail);
}

grpc::Status invalid_argument(const std::vector<v1::FieldViolation>& fields) {
    v1::ErrorDetail detail;
    detail.set_reason("invalid_argument");
    std::string message = "invalid:";
    for (const auto& field : fields) {
        *detail.add_fields() = field;
        message += " " + field.field();
    }
    return make_status(grpc::StatusCode::INVALID_ARGUMENT, message, detail);
}

std::optional<grpc::Status> refusal_of(const std::vector<v1::FieldViolation>& violations) {
    if (violations.empty()) return std::nullopt;
    return invalid_argument(violations);
}

v1::StatusDetails details_of(const grpc::Status& status) {
    v1::StatusDetails details;
    if (details.ParseFromString(status.error_details()) && details.code() == status.error_code()) return details;
    details.Clear();
    details.set_code(status.error_code());
    details.set_message(status.error_message());
    return details;
}

grpc::Status status_of(const v1::StatusDetails& details) {
    const auto code = details.code() > 0 && details.code() <= grpc::StatusCode::UNAUTHENTICATED
                          ? static_cast<grpc::StatusCode>(details.code())
                          : grpc::StatusCode::UNKNOWN;
    return {code, details.message(), details.SerializeAsString()};
}

v1::ErrorDetail detail_of(const grpc::Status& status) {
    v1::StatusDetails details;
    v1::ErrorDetail detail;
    if (!details.ParseFromString(status.error_details())) return detail;
    for (const auto& any : details.details())
        if (any.UnpackTo(&detail)) return detail;
    detail.Clear();
    return detail;
}

bool is_transient(const grpc::Status& status) {
    switch (status.error_code()) {
        case grpc::StatusCode::UNAVAILABLE:
        case grpc::StatusCode::RESOURCE_EXHAUSTED:
        case grpc::StatusCode::DEADLINE_EXCEEDED:
        case grpc::StatusCode::CANCELLED:
        case grpc::StatusCode::UNKNOWN:
            return true;
        default:
            return false;
    }
}

std::string_view code_name(grpc::StatusCode code) {
    switch (code) {
        case grpc::StatusCode::OK:
            return "OK";
        case grpc::StatusCode::CANCELLED:
            return "CANCELLED";
        case grpc::StatusCode::UNKNOWN:
            return "UNKNOWN";
        case grpc::StatusCode::INVALID_ARGUMENT:
            return "INVALID_ARGUMENT";
        case grpc::StatusCode::DEADLINE_EXCEEDED:
            return "DEADLINE_EXCEEDED";
        case grpc::StatusCode::NOT_FOUND:
            return "NOT_FOUND";
        case grpc::StatusCode::ALREADY_EXISTS:
            return "ALREADY_EXISTS";
        case grpc::StatusCode::PERMISSION_DENIED:
            return "PERMISSION_DENIED";
        case grpc::StatusCode::UNAUTHENTICATED:
            return "UNAUTHENTICATED";
        case grpc::StatusCode::RESOURCE_EXHAUSTED:
            return "RESOURCE_EXHAUSTED";
        case grpc::StatusCode::FAILED_PRECONDITION:
            return "FAILED_PRECONDITION";
        case grpc::StatusCode::ABORTED:
            return "ABORTED";
        case grpc::StatusCode::OUT_OF_RANGE:
            return "OUT_OF_RANGE";
        case grpc::StatusCode::UNIMPLEMENTED:
            return "UNIMPLEMENTED";
        case grpc::StatusCode::INTERNAL:
            return "INTERNAL";
        case grpc::StatusCode::UNAVAILABLE:
            return "UNAVAILABLE";
        case grpc::StatusCode::DATA_LOSS:
            return "DATA_LOSS";
        default:
            return "OTHER";
    }
}

}  // namespace quittance::rpc

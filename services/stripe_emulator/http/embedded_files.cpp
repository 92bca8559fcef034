// Embeds the schema files in the program with the assembler, so that the emulator is one file and needs no paths.
#include "stripe_emulator/http/schema.hpp"

// NOLINTBEGIN
asm(".section .rodata\n"
    "quittance_openapi_subset_begin:\n"
    ".incbin \"" QUITTANCE_OPENAPI_SUBSET
    "\"\n"
    "quittance_openapi_subset_end:\n"
    "quittance_schema_additions_begin:\n"
    ".incbin \"" QUITTANCE_SCHEMA_ADDITIONS
    "\"\n"
    "quittance_schema_additions_end:\n"
    "quittance_sdk_parameters_begin:\n"
    ".incbin \"" QUITTANCE_SDK_PARAMETERS
    "\"\n"
    "quittance_sdk_parameters_end:\n"
    ".byte 0\n"
    ".text\n");

extern "C" {
extern const char quittance_openapi_subset_begin[];
extern const char quittance_openapi_subset_end[];
extern const char quittance_schema_additions_begin[];
extern const char quittance_schema_additions_end[];
extern const char quittance_sdk_parameters_begin[];
extern const char quittance_sdk_parameters_end[];
}
// NOLINTEND

namespace quittance::stripe_emulator {

std::string_view embedded_openapi_subset() {
    return {quittance_openapi_subset_begin,
            static_cast<std::size_t>(quittance_openapi_subset_end - quittance_openapi_subset_begin)};
}

std::string_view embedded_schema_additions() {
    return {quittance_schema_additions_begin,
            static_cast<std::size_t>(quittance_schema_additions_end - quittance_schema_additions_begin)};
}

std::string_view embedded_sdk_parameters() {
    return {quittance_sdk_parameters_begin,
            static_cast<std::size_t>(quittance_sdk_parameters_end - quittance_sdk_parameters_begin)};
}

}  // namespace quittance::stripe_emulator

# Every package that we link against, found once. Debian 12 and its backports have them all.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers json)
# FindProtobuf before gRPC's own configuration, which asks for it without a version.
find_package(Protobuf 3.21 MODULE REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
# JWK sets and JWS of bearer tokens.
pkg_check_modules(JOSE REQUIRED IMPORTED_TARGET jose jansson)
# Traces. From Debian's backports; it was built with the protobuf, gRPC and Abseil of Debian 12.
find_package(opentelemetry-cpp CONFIG REQUIRED)

# Debian packages only; nothing is downloaded here. scripts/packages.txt is the
# list that installs them.
find_package(Threads REQUIRED)
find_path(FMT_INCLUDE fmt/format-inl.h REQUIRED)
find_path(TOMLPP_INCLUDE toml++/toml.h REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_path(OPENSSL_INCLUDE openssl/sha.h REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(CURL REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
# The worker carries these two inside itself, so that one file can be copied to
# a machine that has neither.
find_library(SECCOMP_STATIC libseccomp.a REQUIRED)
find_library(CRYPTO_STATIC libcrypto.a REQUIRED)

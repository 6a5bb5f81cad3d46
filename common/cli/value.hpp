// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "secret/secret.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace slipway::cli {

/// What an option takes, for help, completion and the inputs of actions.
enum class Kind : std::uint8_t { flag, text, secret, integer, number, duration, bytes, path, list };

/// The cause why a text is no value of the type; empty where it is one, then `target` has it.
std::string read_value(std::string_view text, bool& target);
std::string read_value(std::string_view text, std::string& target);
std::string read_value(std::string_view text, secret::Secret& target);
std::string read_value(std::string_view text, std::int64_t& target);
std::string read_value(std::string_view text, double& target); // `0.95` or `95%`
std::string read_value(std::string_view text, time::Milliseconds& target);
std::string read_value(std::string_view text, fs::Path& target);

/// A number of bytes, written `128MB` (decimal), `1.5 GiB`, `512M` (binary, as PostgreSQL's tools
/// have it) or as a plain number.
struct Bytes {
    std::uint64_t count = 0;
};
std::string read_value(std::string_view text, Bytes& target);

template <class T>
std::string read_value(std::string_view text, std::optional<T>& target) {
    return read_value(text, target.emplace());
}

/// A list takes one more element with each value.
template <class T>
std::string read_value(std::string_view text, std::vector<T>& target) {
    return read_value(text, target.emplace_back());
}

template <class T>
struct KindOf;
template <>
struct KindOf<bool> {
    static constexpr Kind value = Kind::flag;
};
template <>
struct KindOf<std::string> {
    static constexpr Kind value = Kind::text;
};
template <>
struct KindOf<secret::Secret> {
    static constexpr Kind value = Kind::secret;
};
template <>
struct KindOf<std::int64_t> {
    static constexpr Kind value = Kind::integer;
};
template <>
struct KindOf<double> {
    static constexpr Kind value = Kind::number;
};
template <>
struct KindOf<time::Milliseconds> {
    static constexpr Kind value = Kind::duration;
};
template <>
struct KindOf<Bytes> {
    static constexpr Kind value = Kind::bytes;
};
template <>
struct KindOf<fs::Path> {
    static constexpr Kind value = Kind::path;
};
template <class T>
struct KindOf<std::optional<T>> : KindOf<T> {};
template <class T>
struct KindOf<std::vector<T>> {
    static constexpr Kind value = Kind::list;
};

} // namespace slipway::cli

// SPDX-License-Identifier: Apache-2.0
#include "fs/content.hpp"
#include "json/value.hpp"
#include "record/write.hpp"
#include "time/rfc3339.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::record {

namespace {

// Reads no further than the start of a record, which may be many megabytes.
class StartedAt {
public:
    bool null() { return true; }
    bool boolean(bool /*value*/) { return true; }
    bool number_integer(std::int64_t /*value*/) { return true; }
    bool number_unsigned(std::uint64_t /*value*/) { return true; }
    bool number_float(double /*value*/, std::string const& /*text*/) { return true; }
    bool binary(json::Value::binary_t& /*value*/) { return true; }
    bool string(std::string& value) {
        bool const is_it = depth_ == 1 && key_ == "started_at";
        found = is_it ? std::move(value) : found;
        return !is_it;
    }
    bool key(std::string& name) {
        key_ = std::move(name);
        return true;
    }
    bool start_object(std::size_t /*size*/) { return enter(); }
    bool start_array(std::size_t /*size*/) { return enter(); }
    bool end_object() { return leave(); }
    bool end_array() { return leave(); }
    bool parse_error(
        std::size_t /*at*/,
        std::string const& /*token*/,
        nlohmann::detail::exception const& /*error*/) {
        return false;
    }

    std::string found; // empty where there is none

private:
    bool enter() {
        ++depth_;
        return true;
    }
    bool leave() {
        --depth_;
        return true;
    }

    std::string key_;
    int depth_ = 0;
};

std::string started_at_of(std::string_view record) {
    StartedAt reader;
    json::Value::sax_parse(record, &reader);
    return reader.found;
}

} // namespace

void archive(fs::Path const& path) {
    std::error_code code;
    if (!std::filesystem::exists(path, code)) {
        return;
    }
    // A folder or a device (/dev/null) must never be renamed to make room for a record.
    if (!std::filesystem::is_regular_file(path, code)) {
        throw Error{
            ErrorKind::usage,
            fmt::format("cannot write a record to {}: it is no plain file", path.string()),
            "Name a file with --output, such as slipway-out/backup.json."};
    }
    std::string stamp;
    try {
        stamp = started_at_of(fs::read_content(path));
    } catch (Error const&) {
        stamp.clear(); // whatever it is, it is kept
    }
    auto const started = time::from_rfc3339(stamp);
    std::string const tag =
        started
            ? fmt::format(
                  "{}.{:03}", time::to_basic(*started), started->time_since_epoch().count() % 1000)
            : "older";
    for (int n = 0;; ++n) {
        std::string const suffix = n == 0 ? "" : fmt::format("-{}", n);
        fs::Path target = path;
        target.replace_filename(
            fmt::format("{}.{}{}{}", path.stem().string(), tag, suffix, path.extension().string()));
        if (!std::filesystem::exists(target, code)) {
            // The record that takes its place syncs the folder in the end.
            std::filesystem::rename(path, target, code);
            if (code) {
                errno = code.value();
                fs::fail("rename", path);
            }
            return;
        }
    }
}

} // namespace slipway::record

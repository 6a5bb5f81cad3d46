// SPDX-License-Identifier: Apache-2.0
#include "backup/manifest.hpp"

#include "backup/extras.hpp"
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::backup {

namespace {

using json::Value;

constexpr std::string_view schema = "slipway/backup/1";
constexpr std::size_t longest_id = 80;
constexpr std::uint64_t largest_manifest = std::uint64_t{64} << 20U;

// Typed access to one object of a manifest; what is missing or of a wrong type is named.
class Fields {
public:
    Fields(Value const& object, std::string_view file) : object_(object), file_(file) {
        if (!object.is_object()) {
            bad("manifest", "is no object");
        }
    }

    [[noreturn]] void bad(std::string_view field, std::string_view what) const {
        throw Error{
            ErrorKind::usage,
            fmt::format("{}: {}: {}", file_, field, what),
            "Manifests are written by db-backup; docs/schema/db-backup-1.json describes them."};
    }

    [[nodiscard]] std::string text(std::string_view key) const {
        Value const& value = json::at(object_, key);
        if (!value.is_string()) {
            bad(key, "is no string");
        }
        return value.get<std::string>();
    }

    [[nodiscard]] std::int64_t integer(std::string_view key) const {
        Value const& value = json::at(object_, key);
        if (!value.is_number_integer() ||
            (value.is_number_unsigned() &&
             value.get<std::uint64_t>() >
                 static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))) {
            bad(key, "is no whole number");
        }
        return value.get<std::int64_t>();
    }

    [[nodiscard]] std::uint64_t size(std::string_view key) const {
        std::int64_t const value = integer(key);
        if (value < 0) {
            bad(key, "is negative");
        }
        return static_cast<std::uint64_t>(value);
    }

    [[nodiscard]] bool boolean(std::string_view key) const {
        Value const& value = json::at(object_, key);
        if (!value.is_boolean()) {
            bad(key, "is neither true nor false");
        }
        return value.get<bool>();
    }

    [[nodiscard]] Fields object(std::string_view key) const {
        Value const& value = json::at(object_, key);
        if (!value.is_object()) {
            bad(key, "is no object");
        }
        return Fields{value, file_};
    }

    template <class Make>
    [[nodiscard]] auto list(std::string_view key, Make const& make) const {
        Value const& value = json::at(object_, key);
        if (!value.is_array()) {
            bad(key, "is no list");
        }
        std::vector<decltype(make(value))> out;
        for (auto const& element : value) {
            out.push_back(make(element));
        }
        return out;
    }

    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const {
        return list(key, [&](Value const& element) {
            if (!element.is_string()) {
                bad(key, "holds what is no string");
            }
            return element.get<std::string>();
        });
    }

    // The names of an enumeration, in the order of its values.
    template <class Enum>
    [[nodiscard]] Enum word(std::string_view key, std::initializer_list<Enum> values) const {
        std::string const given = text(key);
        for (Enum const value : values) {
            if (name(value) == given) {
                return value;
            }
        }
        bad(key, fmt::format("is no known value: {}", given));
    }

    [[nodiscard]] std::string_view file() const { return file_; }

private:
    Value const& object_;
    std::string_view file_;
};

// A path in a manifest may only lead to what lies beside it: it is opened and, by retention,
// removed.
void require_inside(Fields const& fields, std::string_view key, std::string const& path) {
    fs::Path const given{path};
    bool const leaves = given.is_absolute() || path.empty() ||
                        std::any_of(given.begin(), given.end(), [](fs::Path const& part) {
                            return part == ".." || part == ".";
                        });
    if (leaves) {
        fields.bad(key, "leads out of the folder");
    }
}

Archive archive_from(Fields const& fields) {
    Archive out{
        fields.text("path"), fields.size("bytes"), fields.text("sha256"), fields.text("format")};
    require_inside(fields, "path", out.path);
    if (out.format != "tar" && out.format != "dir") {
        fields.bad("format", "is no known value: " + out.format);
    }
    return out;
}

Value archive_json(Archive const& archive) {
    return {
        {"path", archive.path},
        {"bytes", archive.bytes},
        {"sha256", archive.sha256},
        {"format", archive.format}};
}

void add_lists(Value& out, Manifest const& manifest) {
    out["archive"] = archive_json(manifest.archive);
    out["members"] = Value::array();
    for (auto const& member : manifest.members) {
        out["members"].push_back(
            {{"path", member.path}, {"bytes", member.bytes}, {"sha256", member.sha256}});
    }
    out["tables"] = Value::array();
    for (auto const& table : manifest.tables) {
        Value one{
            {"schema", table.schema},
            {"name", table.name},
            {"oid", table.oid},
            {"rows", table.rows},
            {"data", table.data}};
        if (!table.fingerprint.empty()) {
            one["fingerprint"] = table.fingerprint;
        }
        out["tables"].push_back(std::move(one));
    }
    out["only_tables"] = manifest.only_tables;
}

void read_lists(Manifest& out, Fields const& fields) {
    out.archive = archive_from(fields.object("archive"));
    out.members = fields.list("members", [&](Value const& element) {
        Fields const member{element, fields.file()};
        Member made{member.text("path"), member.size("bytes"), member.text("sha256")};
        require_inside(member, "path", made.path);
        return made;
    });
    out.tables = fields.list("tables", [&](Value const& element) {
        Fields const table{element, fields.file()};
        return Table{
            table.text("schema"),
            table.text("name"),
            table.integer("oid"),
            table.integer("rows"),
            table.boolean("data"),
            json::text_at(element, "fingerprint")};
    });
    out.only_tables = fields.texts("only_tables");
}

} // namespace

int major_of(std::string_view version) {
    int out = 0;
    std::from_chars(version.data(), version.data() + version.size(), out);
    return out;
}

std::string_view name(Kind kind) {
    switch (kind) {
    case Kind::regular:
        return "regular";
    case Kind::safety:
        return "safety";
    }
    return "";
}

std::string_view name(Level level) {
    switch (level) {
    case Level::stored:
        return "stored";
    case Level::listed:
        return "listed";
    case Level::restored:
        return "restored";
    }
    return "";
}

Value to_json(Manifest const& manifest) {
    Value out{
        {"schema", schema},
        {"id", manifest.id},
        {"kind", name(manifest.kind)},
        {"environment", manifest.environment},
        {"created_at", time::to_rfc3339(manifest.created_at)},
        {"server_version", manifest.server_version},
        {"pg_dump_version", manifest.pg_dump_version},
        {"database", manifest.database},
        {"database_oid", manifest.database_oid},
        {"system_identifier", manifest.system_identifier},
        {"database_bytes", manifest.database_bytes},
        {"encoding", manifest.encoding},
        {"commit", manifest.commit},
        {"run_id", manifest.run_id},
        {"engine", manifest.engine},
        {"level", name(manifest.level)},
        {"pinned", manifest.pinned},
        {"duration_ms", manifest.duration.count()}};
    out["roles"] = manifest.roles;
    add_lists(out, manifest);
    add_extras(out, manifest);
    return out;
}

Manifest from_json(Value const& value, std::string_view file) {
    Fields const fields{value, file};
    if (fields.text("schema") != schema) {
        fields.bad("schema", fmt::format("is not {}", schema));
    }
    Manifest out;
    out.id = fields.text("id");
    if (!valid_id(out.id)) {
        fields.bad("id", "is no id of a backup");
    }
    out.kind = fields.word("kind", {Kind::regular, Kind::safety});
    out.environment = fields.text("environment");
    auto const created = time::from_rfc3339(fields.text("created_at"));
    if (!created) {
        fields.bad("created_at", "is no time of RFC 3339");
    }
    out.created_at = *created;
    out.server_version = fields.text("server_version");
    out.pg_dump_version = fields.text("pg_dump_version");
    out.database = fields.text("database");
    out.database_oid = fields.integer("database_oid");
    out.system_identifier = fields.text("system_identifier");
    out.database_bytes = fields.size("database_bytes");
    out.encoding = fields.text("encoding");
    out.commit = fields.text("commit");
    out.run_id = fields.text("run_id");
    out.engine = fields.text("engine");
    out.level = fields.word("level", {Level::stored, Level::listed, Level::restored});
    out.pinned = fields.boolean("pinned");
    out.duration = time::Milliseconds{fields.integer("duration_ms")};
    out.roles = fields.texts("roles");
    read_lists(out, fields);
    read_extras(out, value, file);
    return out;
}

Manifest read_manifest(fs::Path const& path) {
    return from_json(
        json::parse(fs::read_file(path, largest_manifest), path.string()), path.string());
}

fs::Path write_manifest(Manifest const& manifest, fs::Path const& folder) {
    fs::Path path = folder / (manifest.id + ".manifest.json");
    fs::write_atomic(path, json::write(to_json(manifest), true));
    return path;
}

std::string make_id(time::Instant at, std::string_view environment) {
    constexpr std::size_t longest_environment = 40;
    std::string word = text::lower(environment.empty() ? "none" : environment);
    word.resize(std::min(word.size(), longest_environment));
    for (char& c : word) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        c = plain ? c : '-';
    }
    return fmt::format("{}-{}-{}", time::to_basic(at), word, hash::random_hex(2));
}

bool valid_id(std::string_view id) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return !id.empty() && id.size() <= longest_id && id.front() != '.' && id.front() != '-' &&
           id.find_first_not_of(plain) == std::string_view::npos;
}

} // namespace slipway::backup

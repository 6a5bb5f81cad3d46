// SPDX-License-Identifier: Apache-2.0
#include "archive/toc.hpp"

#include "error/error.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

namespace slipway::archive {

namespace {

constexpr std::string_view magic = "PGDMP";
constexpr int oldest_minor = 14;
constexpr int newest_minor = 16;
constexpr int int_size = 4;
constexpr int directory_format = 3;
constexpr std::int32_t most_entries = 10'000'000;

// The layout is pg_backup_archiver.c's: an integer is a sign byte and its bytes from the lowest, a
// string is its length and its bytes, and -1 as a length is no string.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    // After a first failure nothing more is read.
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::size_t left() const { return rest_.size(); }

    std::string_view take(std::size_t bytes) {
        if (!ok_ || bytes > rest_.size()) {
            ok_ = false;
            return {};
        }
        auto const out = rest_.substr(0, bytes);
        rest_.remove_prefix(bytes);
        return out;
    }

    int byte() {
        auto const taken = take(1);
        return taken.empty() ? 0 : static_cast<unsigned char>(taken.front());
    }

    std::int32_t integer() {
        bool const negative = byte() != 0;
        std::uint32_t value = 0;
        for (unsigned i = 0; i < int_size; ++i) {
            value |= static_cast<std::uint32_t>(byte()) << (8 * i);
        }
        if (value > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
            ok_ = false;
            return 0;
        }
        auto const out = static_cast<std::int32_t>(value);
        return negative ? -out : out;
    }

    TocEntry::Text text() {
        std::int32_t const length = integer();
        if (length < 0) {
            return std::nullopt;
        }
        return std::string{take(static_cast<std::size_t>(length))};
    }

private:
    std::string_view rest_;
    bool ok_ = true;
};

class Writer {
public:
    explicit Writer(std::string header) : out_(std::move(header)) {}

    void integer(std::int32_t value) {
        out_ += static_cast<char>(value < 0 ? 1 : 0);
        auto const amount =
            value < 0 ? 0U - static_cast<std::uint32_t>(value) : static_cast<std::uint32_t>(value);
        for (unsigned i = 0; i < int_size; ++i) {
            out_ += static_cast<char>((amount >> (8 * i)) & 0xffU);
        }
    }

    void text(TocEntry::Text const& value) {
        integer(value ? static_cast<std::int32_t>(value->size()) : -1);
        out_ += value.value_or("");
    }

    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

// Version, sizes, compression, time of creation and three names; returns the version's minor, or 0
// where this is not ours to read.
int skip_header(Reader& in) {
    if (in.take(magic.size()) != magic) {
        return 0;
    }
    int const major = in.byte();
    int const minor = in.byte();
    in.byte(); // revision
    bool const layout = in.byte() == int_size;
    in.byte(); // the size of file offsets, of which a directory has none
    int const format = in.byte();
    if (major != 1 || minor < oldest_minor || minor > newest_minor || !layout ||
        format != directory_format) {
        return 0;
    }
    if (minor >= 15) {
        in.byte(); // compression's algorithm
    } else {
        in.integer(); // its level
    }
    for (int part = 0; part < 7; ++part) {
        in.integer();
    }
    for (int name = 0; name < 3; ++name) {
        in.text();
    }
    return minor;
}

TocEntry read_entry(Reader& in, int minor) {
    TocEntry out;
    out.dump_id = in.integer();
    out.had_dumper = in.integer();
    for (auto* text : {&out.table_oid, &out.oid, &out.tag, &out.description}) {
        *text = in.text();
    }
    out.section = in.integer();
    for (auto* text :
         {&out.definition,
          &out.drop,
          &out.copy,
          &out.schema,
          &out.tablespace,
          &out.access_method}) {
        *text = in.text();
    }
    if (minor >= 16) {
        out.relation_kind = in.integer();
    }
    out.owner = in.text();
    out.with_oids = in.text();
    while (in.ok()) {
        auto dependency = in.text();
        if (!dependency) {
            break;
        }
        out.dependencies.push_back(std::move(*dependency));
    }
    out.file = in.text();
    return out;
}

void write_entry(Writer& out, TocEntry const& entry, int minor) {
    out.integer(entry.dump_id);
    out.integer(entry.had_dumper);
    for (auto const* text : {&entry.table_oid, &entry.oid, &entry.tag, &entry.description}) {
        out.text(*text);
    }
    out.integer(entry.section);
    for (auto const* text :
         {&entry.definition,
          &entry.drop,
          &entry.copy,
          &entry.schema,
          &entry.tablespace,
          &entry.access_method}) {
        out.text(*text);
    }
    if (minor >= 16) {
        out.integer(entry.relation_kind);
    }
    out.text(entry.owner);
    out.text(entry.with_oids);
    for (auto const& dependency : entry.dependencies) {
        out.text(dependency);
    }
    out.text(std::nullopt);
    out.text(entry.file);
}

TocEntry
data_of(TocEntry const& table, TableData const& data, std::int32_t dump_id, std::string file) {
    TocEntry out;
    out.dump_id = dump_id;
    out.had_dumper = 1;
    out.table_oid = "0";
    out.oid = table.oid;
    out.tag = table.tag;
    out.description = "TABLE DATA";
    out.section = static_cast<std::int32_t>(Section::data);
    out.definition = "";
    out.drop = "";
    out.copy = fmt::format("COPY {} {} FROM stdin;\n", data.name, data.columns);
    out.schema = table.schema;
    out.owner = table.owner;
    out.with_oids = "false";
    out.dependencies = {std::to_string(table.dump_id)};
    out.file = std::move(file);
    return out;
}

} // namespace

std::optional<Toc> read_toc(std::string_view bytes) {
    Reader in{bytes};
    Toc out;
    out.minor = skip_header(in);
    if (out.minor == 0 || !in.ok()) {
        return std::nullopt;
    }
    out.header = bytes.substr(0, bytes.size() - in.left());
    std::int32_t const count = in.integer();
    if (!in.ok() || count < 0 || count > most_entries) {
        return std::nullopt;
    }
    for (std::int32_t i = 0; i < count && in.ok(); ++i) {
        out.entries.push_back(read_entry(in, out.minor));
    }
    if (!in.ok() || write(out) != bytes) {
        return std::nullopt;
    }
    return out;
}

std::string write(Toc const& toc) {
    Writer out{toc.header};
    out.integer(static_cast<std::int32_t>(toc.entries.size()));
    for (auto const& entry : toc.entries) {
        write_entry(out, entry, toc.minor);
    }
    return out.take();
}

std::vector<std::string> add_table_data(Toc& toc, std::vector<TableData> const& tables) {
    std::int32_t last = 0;
    std::map<std::string, TocEntry const*> definitions;
    std::map<std::string, bool> has_data;
    for (auto const& entry : toc.entries) {
        last = std::max(last, entry.dump_id);
        if (entry.description == "TABLE") {
            definitions.emplace(entry.oid.value_or(""), &entry);
        } else if (entry.description == "TABLE DATA") {
            has_data[entry.oid.value_or("")] = true;
        }
    }
    std::vector<TocEntry> added;
    std::vector<std::string> files;
    for (auto const& table : tables) {
        std::string const oid = std::to_string(table.oid);
        auto const found = definitions.find(oid);
        if (found == definitions.end() || has_data[oid]) {
            throw Error{
                ErrorKind::failed,
                fmt::format(
                    "the archive {} the table with oid {}",
                    found == definitions.end() ? "does not define" : "has already the rows of",
                    oid),
                "Use --engine pg_dump, and report this as a fault."};
        }
        files.push_back(fmt::format("{}.dat", ++last));
        added.push_back(data_of(*found->second, table, last, files.back()));
    }
    auto const place =
        std::find_if(toc.entries.begin(), toc.entries.end(), [](TocEntry const& entry) {
            return entry.section == static_cast<std::int32_t>(Section::post_data);
        });
    toc.entries.insert(place, added.begin(), added.end());
    return files;
}

} // namespace slipway::archive

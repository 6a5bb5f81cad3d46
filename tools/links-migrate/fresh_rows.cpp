// SPDX-License-Identifier: Apache-2.0
#include "fresh_rows.hpp"

#include "error/error.hpp"
#include "hash/digest.hpp"
#include "links_of.hpp"
#include "pg/copy.hpp"
#include "pg/quote.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::links_migrate {

namespace {

// What is read of a batch at most: larger values make smaller batches.
constexpr std::int64_t most_json = std::int64_t{4} << 20;

// As the ledger keeps it.
std::string digest(std::string_view text) {
    hash::Digest out{hash::Algorithm::sha256};
    out.update(text);
    constexpr std::size_t kept = 16;
    return out.bytes().substr(0, kept);
}

std::string bytea_field(std::string_view bytes) {
    return R"(\\x)" + hash::to_hex(bytes);
}

constexpr std::array<bool, 256> table_of(std::string_view characters) {
    std::array<bool, 256> table{};
    for (char const c : characters) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}

bool holds_any(std::string_view text, std::array<bool, 256> const& table) {
    return std::any_of(
        text.begin(), text.end(), [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

// As COPY reads it; few texts have anything to be escaped.
void add_field(std::string& out, std::string_view text) {
    static constexpr auto escaped = table_of("\\\t\n\r");
    if (holds_any(text, escaped)) {
        out += pg::copy_field(text);
    } else {
        out += text;
    }
}

// Uuids of version 7 that rise: the time, a count in the 26 bits behind it, 48 random bits.
class Ids {
public:
    explicit Ids(std::int64_t milliseconds)
        : time_(fmt::format("{:012x}", static_cast<std::uint64_t>(milliseconds))) {}

    std::string next() {
        constexpr std::uint64_t variant = 0x8000;
        constexpr std::uint64_t low = 0x3FFF;
        constexpr std::uint64_t high = 0xFFF;
        constexpr std::size_t random_digits = 12;
        constexpr std::size_t random_bytes = 6 * 42; // the system gives up to 256 at once
        if (random_.size() < random_digits) {
            random_ = hash::random_hex(random_bytes);
        }
        auto out = fmt::format(
            "{}-{}-7{:03x}-{:04x}-{}",
            time_.substr(0, 8),
            time_.substr(8),
            (count_ >> 14U) & high,
            variant | (count_ & low),
            random_.substr(random_.size() - random_digits));
        random_.resize(random_.size() - random_digits);
        ++count_;
        return out;
    }

private:
    std::string time_;
    std::uint64_t count_ = 0;
    std::string random_;
};

// What one batch copies into the tables, in COPY's text format.
class Batch {
public:
    Batch(Mapping const& mapping, Tables const& tables, pg::Result stamps, std::int64_t run)
        : mapping_(mapping), tables_(tables), stamps_(std::move(stamps)),
          ids_(stamps_.get<std::int64_t>(0, 0)), name_(pg::copy_field(mapping.name)), run_(run) {}

    void add(pg::Result const& source, std::size_t row, FreshLink const& link) {
        auto const position = std::to_string(link.position);
        std::vector<std::optional<std::string_view>> values{source.text(row, key)};
        auto const add_one = [&](std::string const& column, std::string_view value) {
            if (!column.empty()) {
                values.emplace_back(value);
            }
        };
        // The order of Mapping::written_columns.
        add_one(mapping_.label, link.label);
        add_one(mapping_.url, link.url);
        add_one(mapping_.type, link.type);
        add_one(mapping_.position, position);
        for (std::size_t i = 0; i < tables_.copied.size(); ++i) {
            values.push_back(cell(source, row, first_copied + i));
        }
        for (std::size_t i = 0; i < tables_.stamps.size(); ++i) {
            values.push_back(cell(stamps_, 0, 1 + i));
        }
        auto const id = ids_.next();
        rows_ += id;
        for (auto const& value : values) {
            rows_ += '\t';
            add_field(rows_, value.value_or(std::string_view{}));
            rows_ += value ? "" : "\\N";
        }
        rows_ += '\n';
        notes_ += fmt::format(
            "{}\t{}\t{}\t{}\t{}\t{}\n",
            name_,
            pg::copy_field(source.text(row, noted_as)),
            bytea_field(digest(link.ident)),
            id,
            bytea_field(digest(record_text(values))),
            run_);
    }

    [[nodiscard]] bool is_full() const {
        constexpr std::size_t enough = std::size_t{2} << 20U;
        return rows_.size() + notes_.size() > enough;
    }

    /// Sends what was added since the last time; returns how many rows the target took.
    std::int64_t
    send(pg::Connection& connection, std::string const& rows, std::string const& notes) {
        if (rows_.empty()) {
            return 0;
        }
        auto const taken = send_one(connection, rows, rows_);
        if (send_one(connection, notes, notes_) != taken) {
            throw Error{ErrorKind::internal, "the ledger took another number of rows"};
        }
        return taken;
    }

    // Columns of what is read.
    static constexpr std::size_t key = 0;
    static constexpr std::size_t noted_as = 1;
    static constexpr std::size_t state = 2;
    static constexpr std::size_t json = 3;
    static constexpr std::size_t first_copied = 4;

private:
    static std::optional<std::string_view>
    cell(pg::Result const& result, std::size_t row, std::size_t column) {
        return result.is_null(row, column) ? std::nullopt : std::optional{result.text(row, column)};
    }

    static std::int64_t
    send_one(pg::Connection& connection, std::string const& sql, std::string& lines) {
        pg::CopyIn copy{connection, sql};
        copy.write(lines);
        lines.clear();
        return copy.finish();
    }

    Mapping const& mapping_;
    Tables const& tables_;
    pg::Result stamps_;
    Ids ids_;
    std::string name_;
    std::int64_t run_;
    std::string rows_;
    std::string notes_;
};

// Every character that may be quoted or not, as this server writes it in a row.
bool writes_rows_as_we_do(pg::Connection& connection) {
    std::vector<std::string> probes{"", "\u0085", "\u00a0", "\u2003", "\u3000", "\u00e4", "null"};
    constexpr char last = '\x7f';
    for (char c = 1; c < last; ++c) {
        probes.emplace_back(1, c);
    }
    std::string ours;
    for (auto const& probe : probes) {
        ours += record_text({probe, std::nullopt, "x" + probe});
    }
    return connection.parameter("server_encoding") == "UTF8" &&
           connection
                   .exec(
                       "select string_agg(row(c, null, 'x' || c)::text, '' order by n)"
                       " from unnest($1::text[]) with ordinality as u(c, n)",
                       {pg::text_array(probes)})
                   .one_value<std::string>() == ours;
}

} // namespace

std::string record_text(std::vector<std::optional<std::string_view>> const& values) {
    static constexpr auto quoted = table_of("\"\\(), \t\n\v\f\r");
    std::string out;
    char before = '(';
    for (auto const& value : values) {
        out += std::exchange(before, ',');
        if (!value) {
            continue;
        }
        if (!value->empty() && !holds_any(*value, quoted)) {
            out += *value;
            continue;
        }
        out += '"';
        for (char const c : *value) {
            if (c == '"' || c == '\\') {
                out += c;
            }
            out += c;
        }
        out += '"';
    }
    return out + ")";
}

FreshRows::FreshRows(Mapping const& mapping, Tables const& tables)
    : mapping_(mapping), tables_(tables), read_(fresh_rows_sql(mapping, tables)),
      stamps_("select (extract(epoch from clock_timestamp()) * 1000)::bigint") {
    for (auto const& stamp : tables.stamps) {
        stamps_ += ", " + stamp;
    }
    std::string columns;
    for (auto const& column : mapping.written_columns()) {
        columns += (columns.empty() ? "" : ", ") + pg::quote_identifier(column);
    }
    copy_rows_ = fmt::format("copy {} ({}) from stdin", tables.target, columns);
    copy_notes_ = "copy slipway.links_row (mapping, source_key, item, target_id, content, run)"
                  " from stdin";
}

std::optional<FreshRows>
FreshRows::open(pg::Connection& connection, Mapping const& mapping, Tables const& tables) {
    bool const possible =
        tables.takes_copies && has_plain_links(mapping, tables) && writes_rows_as_we_do(connection);
    return possible ? std::optional{FreshRows{mapping, tables}} : std::nullopt;
}

Written FreshRows::write(
    pg::Connection& connection,
    Range const& range,
    bool wants_rejects,
    std::int64_t run) const {
    Written out;
    out.to = range.to;
    // As in Transformer::run.
    connection.exec("set local enable_nestloop = off");
    auto const source = connection.exec(read_, {range.after, range.to, most_json});
    Batch batch{mapping_, tables_, connection.exec(stamps_), run};
    std::int64_t taken = 0;
    for (std::size_t row = 0; row < source.rows(); ++row) {
        auto const state = source.text(row, Batch::state);
        std::string key{source.text(row, Batch::key)};
        if (state == "beyond" && row > 0) {
            out.to = std::string{source.text(row - 1, Batch::key)};
            break;
        }
        std::optional<FreshLinks> links;
        if (state.empty()) {
            auto const json = source.is_null(row, Batch::json) ? std::string_view{"null"}
                                                               : source.text(row, Batch::json);
            links = links_of(json, mapping_, tables_.longest_url, wants_rejects);
        }
        if (!links) {
            out.left.push_back(std::move(key));
            continue;
        }
        for (auto const& link : links->links) {
            batch.add(source, row, link);
            if (batch.is_full()) {
                taken += batch.send(connection, copy_rows_, copy_notes_);
            }
        }
        for (auto& reject : links->rejects) {
            reject.key = key;
            out.outcome.rejects.push_back(std::move(reject));
        }
        out.outcome.tally.add(links->tally);
    }
    taken += batch.send(connection, copy_rows_, copy_notes_);
    if (taken != out.outcome.tally.inserted) {
        throw Error{ErrorKind::internal, "the target took another number of rows than were sent"};
    }
    return out;
}

} // namespace slipway::links_migrate

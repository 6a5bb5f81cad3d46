// SPDX-License-Identifier: Apache-2.0
#include "rows.hpp"

#include "error/error.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

constexpr std::size_t most_rows = 10'000;
constexpr std::uint64_t largest_file = std::uint64_t{16} << 20U;

bool is_column(std::string_view text) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return !text.empty() && (text[0] < '0' || text[0] > '9') && !text.starts_with("__") &&
           text.find_first_not_of(letters) == std::string_view::npos;
}

// One record after the other; quotes may hold line ends.
class CsvReader {
public:
    CsvReader(std::string_view text, std::string_view name) : text_(text), name_(name) {
        if (text_.starts_with("\xEF\xBB\xBF")) {
            text_.remove_prefix(3);
        }
    }

    [[nodiscard]] bool done() const { return at_ >= text_.size(); }
    [[nodiscard]] std::int64_t line() const { return line_; }

    std::vector<std::string> record() {
        std::vector<std::string> fields{""};
        begun_ = line_;
        while (!done()) {
            char const byte = text_[at_++];
            if (byte == '"' && fields.back().empty()) {
                fields.back() = quoted();
            } else if (byte == ',') {
                fields.emplace_back();
            } else if (byte == '\n') {
                ++line_;
                break;
            } else if (byte != '\r' || done() || text_[at_] != '\n') {
                fields.back() += byte;
            }
        }
        return fields;
    }

    [[nodiscard]] Error error(std::string const& message) const {
        Where where;
        where.file = std::string{name_};
        where.line = begun_;
        return Error{ErrorKind::usage, fmt::format("{}:{}: {}", name_, begun_, message), ""}
            .with_where(where);
    }

private:
    std::string quoted() {
        std::string out;
        for (;;) {
            if (done()) {
                throw error("a quote is not closed");
            }
            char const byte = text_[at_++];
            if (byte == '\n') {
                ++line_;
            }
            if (byte != '"') {
                out += byte;
            } else if (!done() && text_[at_] == '"') {
                out += '"';
                ++at_;
            } else {
                return out;
            }
        }
    }

    std::string_view text_;
    std::string_view name_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
    std::int64_t begun_ = 1;
};

json::Box row_of(Value const& value, std::size_t index) {
    Value row = value.is_object() ? value : Value{{"item", value}};
    if (!row.contains("index")) {
        row["index"] = index;
    }
    return json::Box{std::move(row)};
}

void require_names(Value const& row, config::Node const& node) {
    for (auto const& column : row.items()) {
        if (!is_column(column.key())) {
            throw node.error(
                fmt::format("\"{}\" is no name for a variable", text::printable_line(column.key())),
                "Columns become variables: letters, digits and underscores.");
        }
    }
}

std::vector<json::Box> rows_of_array(Value const& list, config::Node const& node) {
    std::vector<json::Box> out;
    for (auto const& element : list) {
        out.push_back(row_of(element, out.size() + 1));
    }
    if (!list.is_array() || out.empty() || out.size() > most_rows) {
        throw node.error(
            "for_each needs a list of 1 to 10000 rows",
            "Write for_each: [a, b], or for_each: rows.csv, or rows.json with an array.");
    }
    for (auto const& row : out) {
        require_names(*row, node);
    }
    return out;
}

} // namespace

std::vector<json::Box> read_csv(std::string_view text, std::string_view name) {
    CsvReader reader{text, name};
    auto const names = reader.record();
    std::vector<json::Box> out;
    while (!reader.done()) {
        auto const fields = reader.record();
        if (fields.size() == 1 && fields.front().empty()) {
            continue; // an empty line
        }
        if (fields.size() != names.size()) {
            throw reader.error(fmt::format("{} fields, but {} names", fields.size(), names.size()));
        }
        Value row = Value::object();
        for (std::size_t i = 0; i < names.size(); ++i) {
            row[std::string{text::trim(names[i])}] = text::to_utf8(fields[i]);
        }
        out.push_back(row_of(row, out.size() + 1));
    }
    return out;
}

std::vector<json::Box> read_rows(config::Node const& node, fs::Path const& folder) {
    if (!node.is_text()) {
        return rows_of_array(node.value(), node);
    }
    auto const path = folder / node.as_text();
    try {
        auto const text = fs::read_file(path, largest_file);
        if (path.extension() == ".json") {
            return rows_of_array(json::parse(text, path.string()), node);
        }
        auto rows = read_csv(text, path.string());
        Value list = Value::array();
        for (auto& row : rows) {
            list.push_back(std::move(*row));
        }
        return rows_of_array(list, node);
    } catch (Error const& error) {
        if (error.where().known()) {
            throw;
        }
        throw node.error(error.message(), error.hint());
    }
}

} // namespace slipway::smoke_http

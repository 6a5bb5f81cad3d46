// SPDX-License-Identifier: Apache-2.0
#include "sources_file.hpp"

#include "ci/environment.hpp"
#include "config/expand.hpp"
#include "config/node.hpp"
#include "error/error.hpp"
#include "http/url.hpp"
#include "probe/sensitive.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

using config::Node;
using Kind = LogSpec::Kind;

constexpr std::size_t longest_source_name = 60;
constexpr std::string_view in_source_names =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
constexpr std::int64_t least_bytes = 64 * 1024;

std::string as_source_name(std::string_view text) {
    std::string out{text.substr(0, longest_source_name)};
    std::replace_if(
        out.begin(),
        out.end(),
        [](char each) { return in_source_names.find(each) == std::string_view::npos; },
        '-');
    auto const first = out.find_first_not_of('-');
    out.erase(0, std::min(first, out.size()));
    return out.empty() ? "log" : out;
}

bool is_source_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_source_name &&
           name.find_first_not_of(in_source_names) == std::string_view::npos;
}

void require_source_name(std::string_view name, Node const& node) {
    if (!is_source_name(name)) {
        throw node.error(
            fmt::format("{} is no name for a source", text::printable_line(name)),
            "Names have letters, digits, _ and -, at most 60 of them.");
    }
}

std::string name_for(Kind kind, std::string const& what) {
    switch (kind) {
    case Kind::file:
        return as_source_name(fs::Path{what}.stem().string());
    case Kind::standard_input:
        return "stdin";
    case Kind::journald:
        return as_source_name(what.empty() ? "journal" : fs::Path{what}.stem().string());
    case Kind::pm2:
    case Kind::cloudwatch:
        break;
    }
    return as_source_name(what);
}

LogSpec log_of(Node const& node) {
    node.only_keys(
        {"name",
         "file",
         "stdin",
         "journald",
         "pm2",
         "cloudwatch",
         "from",
         "may_be_silent",
         "ignore",
         "bytes",
         "directory",
         "streams",
         "filter",
         "region",
         "endpoint",
         "late"});
    struct Way {
        std::string_view key;
        Kind kind;
    };
    constexpr std::array<Way, 5> ways{{
        {"file", Kind::file},
        {"stdin", Kind::standard_input},
        {"journald", Kind::journald},
        {"pm2", Kind::pm2},
        {"cloudwatch", Kind::cloudwatch},
    }};
    LogSpec out;
    int found = 0;
    for (auto const& way : ways) {
        if (node.find(way.key)) {
            out.kind = way.kind;
            out.what = way.kind == Kind::standard_input ? "" : node.required_text(way.key);
            ++found;
        }
    }
    if (found != 1 ||
        (out.kind == Kind::standard_input && !node.boolean("stdin").value_or(false))) {
        throw node.error(
            "a log is one of file, stdin, journald, pm2 and cloudwatch",
            "Write it as {file: /var/log/app.log} or {stdin: true}.");
    }
    out.name = node.text("name").value_or(name_for(out.kind, out.what));
    require_source_name(out.name, node);
    auto const from = node.text("from").value_or("end");
    if (from != "end" && from != "start") {
        throw node.required("from").error("from has to be end or start");
    }
    out.from_start = from == "start";
    out.may_be_silent = node.boolean("may_be_silent").value_or(false);
    out.ignore = node.texts("ignore");
    auto const bytes = node.integer("bytes").value_or(static_cast<std::int64_t>(out.bytes));
    if (bytes < least_bytes) {
        throw node.required("bytes").error("bytes has to be at least 65536");
    }
    out.bytes = static_cast<std::uint64_t>(bytes);
    out.directory = node.text("directory").value_or("");
    out.streams = node.text("streams").value_or("");
    out.filter = node.text("filter").value_or("");
    out.region = node.text("region").value_or("");
    out.endpoint = node.text("endpoint").value_or("");
    out.late = node.duration("late").value_or(out.late);
    return out;
}

// Those of the user come first: they know their log better.
std::vector<LogClass> classes_of(Node const& root) {
    std::vector<LogClass> own;
    auto shipped = shipped_classes();
    for (auto const& [name, node] : root.map("log_classes")) {
        require_source_name(name, node);
        std::erase_if(
            shipped, [&each = name](LogClass const& other) { return other.name == each; });
        if (node.is_text() && node.as_text() == "off") {
            continue;
        }
        auto const patterns =
            node.is_map() ? std::vector<std::string>{} : root.required("log_classes").texts(name);
        if (patterns.empty()) {
            throw node.error(
                fmt::format("the class {} has to be a pattern, a list of patterns, or off", name));
        }
        try {
            static_cast<void>(Classifier{{{name, patterns}}, {}});
        } catch (Error const& error) {
            throw node.error(error.message(), error.hint());
        }
        own.push_back({name, patterns});
    }
    own.insert(own.end(), shipped.begin(), shipped.end());
    return own;
}

std::vector<FigureSpec> figures_of(Node const& root, std::string_view key, bool commands) {
    std::vector<FigureSpec> out;
    for (auto const& [name, node] : root.map(key)) {
        require_source_name(name, node);
        FigureSpec figure;
        figure.name = name;
        auto const take = [&](Node const& value) {
            if (commands && value.is_list()) {
                for (auto const& word : value.elements()) {
                    figure.arguments.push_back(word.as_text());
                }
            } else if (value.is_text()) {
                figure.query = value.as_text();
            }
        };
        if (node.is_map()) {
            std::string const inner = commands ? "command" : "query";
            node.only_keys({inner, "timeout"});
            figure.timeout = node.duration("timeout");
            take(node.required(inner));
        } else {
            take(node);
        }
        if (figure.query.empty() && figure.arguments.empty()) {
            throw node.error(
                fmt::format("{} has no {}", name, commands ? "command" : "query"),
                "Write it as NAME: \"…\", or {query: …, timeout: 2s}.");
        }
        out.push_back(std::move(figure));
    }
    return out;
}

std::string expanded(Node const& node, std::string_view key) {
    auto const text = node.text(key);
    if (!text) {
        return "";
    }
    return config::expand(
        *text,
        [](std::string const& name) { return ci::variable(name); },
        node.required(key).where());
}

void read_prometheus(Node const& node, SourcesFile& out, secret::Redactor& redactor) {
    node.only_keys({"url", "token", "queries"});
    out.prometheus_url = expanded(node, "url");
    if (out.prometheus_url.empty()) {
        throw node.error("prometheus needs the url of the server");
    }
    probe::teach_credentials(out.prometheus_url, redactor);
    try {
        static_cast<void>(http::Url::parse(out.prometheus_url));
    } catch (Error const& error) {
        throw node.required("url").error(error.message(), error.hint());
    }
    out.prometheus_token = expanded(node, "token");
    redactor.add(out.prometheus_token);
    out.prometheus = figures_of(node, "queries", false);
    if (out.prometheus.empty()) {
        throw node.error("prometheus has no queries", "Write them as queries: {NAME: PromQL}.");
    }
}

} // namespace

SourcesFile SourcesFile::load(fs::Path const& path, secret::Redactor& redactor) {
    auto const document = config::load(path);
    Node const root{document};
    root.only_keys({"http", "log", "log_classes", "sql", "command", "prometheus"});
    SourcesFile out;
    for (auto const& [name, node] : root.map("http")) {
        if (!node.is_text()) {
            throw node.error("an endpoint is NAME: URL");
        }
        out.endpoints.push_back(name + "=" + node.as_text());
    }
    for (auto const& node : root.list("log")) {
        out.logs.push_back(log_of(node));
        try {
            static_cast<void>(Classifier{{}, out.logs.back().ignore});
        } catch (Error const& error) {
            throw node.error(error.message(), error.hint());
        }
    }
    out.classes = classes_of(root);
    out.sql = figures_of(root, "sql", false);
    out.commands = figures_of(root, "command", true);
    if (auto const prometheus = root.find("prometheus")) {
        read_prometheus(*prometheus, out, redactor);
    }
    require_distinct(out);
    return out;
}

LogSpec log_of_word(std::string const& word) {
    LogSpec out;
    auto what = word;
    auto const equals = word.find('=');
    if (equals != std::string::npos && is_source_name(word.substr(0, equals))) {
        out.name = word.substr(0, equals);
        what = word.substr(equals + 1);
    }
    for (auto const& [prefix, kind] :
         {std::pair<std::string_view, Kind>{"journald:", Kind::journald},
          {"pm2:", Kind::pm2},
          {"cloudwatch:", Kind::cloudwatch}}) {
        if (what.starts_with(prefix)) {
            out.kind = kind;
            what.erase(0, prefix.size());
        }
    }
    if (what == "-") {
        out.kind = Kind::standard_input;
    }
    constexpr std::array<std::string_view, 4> kinds{"file", "pm2", "journald", "cloudwatch"};
    if (what.empty() || std::find(kinds.begin(), kinds.end(), what) != kinds.end()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--log {} names no log", text::printable_line(word)),
            "Write a file, -, journald:UNIT, pm2:APPLICATION or cloudwatch:GROUP."};
    }
    out.what = what;
    out.name = out.name.empty() ? name_for(out.kind, what) : out.name;
    return out;
}

void require_distinct(SourcesFile const& sources) {
    std::set<std::string> names;
    for (auto const& log : sources.logs) {
        if (!names.insert(log.name).second) {
            throw Error{
                ErrorKind::usage,
                fmt::format("two logs are named {}", log.name),
                "Name them apart, by name: in the file or --log NAME=…."};
        }
    }
    auto const inputs =
        std::count_if(sources.logs.begin(), sources.logs.end(), [](LogSpec const& log) {
            return log.kind == LogSpec::Kind::standard_input;
        });
    if (inputs > 1) {
        throw Error{ErrorKind::usage, "stdin can be one log only", "Leave one of them out."};
    }
}

} // namespace slipway::monitor

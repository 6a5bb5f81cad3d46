// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "testreport/formats.hpp"
#include "testreport/place.hpp"
#include "text/join.hpp"

#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::testreport {

namespace {

using json::Value;

constexpr std::size_t most_output = 65'536;

// `    shop_test.go:12: got 3`: a file beside the package, with its line.
Where place_of(std::string_view output) {
    for (auto line : text::lines(output)) {
        line = text::trim(line);
        auto const end = line.find(".go:");
        if (end == std::string_view::npos ||
            line.substr(0, end).find(' ') != std::string_view::npos) {
            continue;
        }
        std::int64_t number = 0;
        std::from_chars(line.data() + end + 4, line.data() + line.size(), number);
        if (number > 0) {
            return {std::string{line.substr(0, end + 3)}, number, 0};
        }
    }
    return {};
}

std::string message_of(std::string_view output) {
    for (auto line : text::lines(output)) {
        line = text::trim(line);
        if (!line.empty() && !line.starts_with("=== ") && !line.starts_with("--- ") &&
            !line.starts_with("FAIL") && !line.starts_with("# ")) {
            return std::string{line};
        }
    }
    return {};
}

class GoReader {
public:
    explicit GoReader(Each const& each) : each_(each) {}

    void take(Value const& event) {
        auto const package = json::text_at(event, "Package", json::text_at(event, "ImportPath"));
        auto const test = json::text_at(event, "Test");
        auto const action = json::text_at(event, "Action");
        std::pair const key{package.substr(0, package.find(' ')), test};
        if (action == "output" || action == "build-output") {
            auto& output = outputs_[key];
            if (output.size() < most_output) {
                output += json::text_at(event, "Output");
            }
        } else if (action == "run" || action == "start") {
            open_[key] = true;
        } else if (action == "pass" || action == "fail" || action == "skip") {
            open_.erase(key);
            end(key, action, event);
        }
    }

    void take_plain(std::string_view line) {
        if (!line.starts_with("FAIL\t") || !line.ends_with("failed]")) {
            return;
        }
        auto const words = text::split(line, '\t');
        Case out;
        out.suite = words[1].substr(0, words[1].find(' '));
        out.name = "the package itself";
        out.outcome = Outcome::error;
        out.message = std::string{line};
        failed_.insert(out.suite);
        each_(std::move(out));
    }

    // What began and never ended was cut off.
    void cut_off() {
        for (auto const& [key, ignored] : open_) {
            if (key.second.empty() && any_open_test(key.first)) {
                continue;
            }
            Case out = case_of(key, Outcome::error);
            out.message = "it did not end: " + out.message;
            each_(std::move(out));
        }
    }

private:
    using Key = std::pair<std::string, std::string>;

    [[nodiscard]] bool any_open_test(std::string const& package) const {
        auto const next = open_.upper_bound({package, ""});
        return next != open_.end() && next->first.first == package;
    }

    void end(Key const& key, std::string const& action, Value const& event) {
        auto const& [package, test] = key;
        if (test.empty()) {
            // A package is told only where it failed and none of its tests did.
            if (action == "fail" && !failed_.contains(package)) {
                Case out = case_of(key, Outcome::error);
                out.name = "the package itself";
                each_(std::move(out));
            }
            return;
        }
        auto const outcome = action == "pass"   ? Outcome::passed
                             : action == "fail" ? Outcome::failed
                                                : Outcome::skipped;
        if (action == "fail") {
            failed_.insert(package);
        }
        Case out = case_of(key, outcome);
        out.duration = milliseconds(json::at(event, "Elapsed"), 1000);
        each_(std::move(out));
        outputs_.erase(key);
    }

    Case case_of(Key const& key, Outcome outcome) {
        Case out;
        out.suite = key.first;
        out.name = key.second;
        out.outcome = outcome;
        if (out.bad()) {
            auto const& output = outputs_[key];
            out.details = shortened(output);
            out.message = message_of(output);
            out.where = place_of(output);
        }
        return out;
    }

    Each const& each_;
    std::map<Key, std::string> outputs_;
    std::map<Key, bool> open_;
    std::set<std::string> failed_; // packages
};

} // namespace

std::int64_t read_go(std::string_view text, std::string const& name, Each const& each) {
    GoReader reader{each};
    std::int64_t number = 0;
    for (auto const line : text::lines(text)) {
        ++number;
        // Lines of the compiler and of `go vet` come through, as does, before Go 1.24, that a
        // package was not built.
        if (!line.starts_with('{')) {
            reader.take_plain(line);
            continue;
        }
        try {
            reader.take(json::parse(line, name));
        } catch (Error const& error) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{}:{}: this is no event of go test -json", name, number),
                "Was it ended while it wrote?"}
                .with_where({name, number, 0});
        }
    }
    reader.cut_off();
    return 0;
}

} // namespace slipway::testreport

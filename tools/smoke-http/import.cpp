// SPDX-License-Identifier: Apache-2.0
#include "import.hpp"

#include "draft.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "fs/temp_folder.hpp"
#include "read_suite.hpp"
#include "record/write.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "yaml_writer.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

constexpr std::uint64_t largest_document = std::uint64_t{64} << 20U;
constexpr std::size_t longest_quote = 300;

std::string format_of(Options const& options, std::string const& text) {
    if (options.format != "auto") {
        return options.format;
    }
    auto const extension = text::lower(options.suites.front().extension().string());
    if (extension == ".hurl" || extension == ".http" || extension == ".rest") {
        return extension == ".hurl" ? "hurl" : "http";
    }
    // Both are JSON, and OpenAPI also YAML; their first words tell them apart.
    auto const head = std::string_view{text}.substr(0, std::size_t{64} << 10U);
    if (head.find("schema.getpostman.com") != std::string_view::npos ||
        head.find("schema.postman.com") != std::string_view::npos) {
        return "postman";
    }
    if (text.find("openapi:") != std::string::npos ||
        text.find("\"openapi\"") != std::string::npos ||
        text.find("\"swagger\"") != std::string::npos ||
        text.find("swagger:") != std::string::npos) {
        return "openapi";
    }
    if (text.find("getpostman.com") != std::string::npos) {
        return "postman";
    }
    throw Error{
        ErrorKind::usage,
        options.suites.front().string() +
            " is neither a Postman collection, an OpenAPI document, nor a file of Hurl or .http",
        "Say what it is by --format."};
}

Draft draft_of(std::string const& format, Document const& document) {
    return format == "postman"   ? draft_of_postman(document)
           : format == "openapi" ? draft_of_openapi(document)
           : format == "hurl"    ? draft_of_hurl(document)
                                 : draft_of_http(document);
}

Document read_document(Options const& options, tool::Context& context) {
    Document out;
    out.text = fs::read_file(options.suites.front(), largest_document);
    out.file = options.suites.front().string();
    if (!options.postman_environment.empty()) {
        out.postman_environment = fs::read_file(options.postman_environment, largest_document);
    }
    for (auto const& given : options.variables) {
        auto const sign = given.find('=');
        if (sign == std::string::npos || sign == 0) {
            throw Error{
                ErrorKind::usage,
                "--var " + text::printable_line(given) + " has no value",
                "Write --var name=value."};
        }
        out.values[given.substr(0, sign)] = given.substr(sign + 1);
    }
    static_cast<void>(context);
    return out;
}

std::string comment(std::string_view text) {
    return "# " + text::printable_line(text) + "\n";
}

std::string header_of(Draft const& draft, std::string const& file, std::string const& schemas) {
    std::string out = comment(fmt::format(
        "Made by smoke-http import of {}.", std::filesystem::path{file}.filename().string()));
    if (!schemas.empty()) {
        out += comment("Its schemas are in " + schemas + ".");
    }
    for (auto const& note : draft.notes) {
        out += comment(note);
    }
    if (!draft.leftovers.empty()) {
        out += comment("Not converted:");
        for (auto const& one : draft.leftovers) {
            out += comment(fmt::format(
                "  {}: {}: {}",
                one.place,
                one.why,
                text::shorten(text::printable_line(one.text), longest_quote)));
        }
    }
    return out + "\n";
}

// The suite reads back by our own rules, before anybody has to find out that it does not. Files
// beside it are those beside the document.
void prove(std::string const& text, fs::Path const& folder, std::string const& file) {
    secret::Redactor scratch;
    auto const path =
        folder /
        fmt::format(".slipway-import-{}.yaml", std::filesystem::path{file}.filename().string());
    Reading const reading{
        "http://localhost", {}, {}, [](std::string const&) { return std::string{"1"}; }, scratch};
    fs::write_replacing(path, text);
    try {
        static_cast<void>(read_suite(path, reading));
        std::filesystem::remove(path);
    } catch (Error const& error) {
        std::filesystem::remove(path);
        throw Error{
            ErrorKind::failed,
            "the suite of " + file + " would not be valid: " + error.message(),
            error.hint().empty() ? "Files that it names have to lie beside the suite."
                                 : error.hint()};
    }
}

void drop_repetitions(std::vector<Leftover>& leftovers) {
    std::vector<Leftover> out;
    std::set<std::pair<std::string, std::string>> seen;
    for (auto& one : leftovers) {
        if (seen.insert({one.place, one.text}).second) {
            out.push_back(std::move(one));
        }
    }
    leftovers = std::move(out);
}

void add_checks(Draft const& draft, bool allowed, record::Record& record) {
    record::Check converted;
    converted.id = "import.converted";
    converted.title = "Requests that became steps";
    converted.message = text::counted(draft.steps.size(), "step");
    record.add(std::move(converted));
    std::size_t number = 0;
    for (auto const& one : draft.leftovers) {
        record::Check check;
        check.id = fmt::format("import.left.{}", ++number);
        check.title = one.place;
        check.status = allowed ? record::CheckStatus::warned : record::CheckStatus::failed;
        check.message = fmt::format(
            "{}: not converted: {}: {}",
            one.place,
            one.why,
            text::shorten(text::printable_line(one.text), longest_quote));
        record.add(std::move(check));
    }
}

} // namespace

void import_document(Options const& options, tool::Context& context) {
    if (options.suites.size() != 1) {
        throw Error{ErrorKind::usage, "import takes one document at a time"};
    }
    auto const document = read_document(options, context);
    auto const format = format_of(options, document.text);
    auto draft = draft_of(format, document);
    if (draft.steps.empty() && draft.leftovers.empty()) {
        throw Error{ErrorKind::usage, document.file + " has no requests that could become steps"};
    }
    drop_repetitions(draft.leftovers);
    auto const& source = options.suites.front();
    auto const to = options.to.empty()
                        ? source.parent_path() / (source.stem().string() + ".smoke.yaml")
                        : options.to;
    if (std::filesystem::exists(to) && !context.options.yes) {
        throw Error{
            ErrorKind::refused,
            to.string() + " is there already",
            "Give --to another name, or --yes to have it written anew."};
    }
    auto const schemas = draft.schemas->empty() ? "" : to.stem().string() + ".schemas.json";
    if (!schemas.empty()) {
        for (auto& step : draft.steps) {
            step.place_schema(schemas);
        }
    }
    auto const suite = draft.finish();
    auto& data = *context.record.data;
    data["document"] = document.file;
    data["format"] = format;
    data["converted"] = draft.steps.size();
    data["left"] = draft.leftovers.size();
    for (auto const& note : draft.notes) {
        context.log.info(note);
    }
    for (auto const& one : draft.leftovers) {
        context.log.warning(fmt::format(
            "not converted: {}: {}: {}",
            one.place,
            one.why,
            text::shorten(text::printable_line(one.text), longest_quote)));
    }
    bool const whole = draft.leftovers.empty();
    add_checks(draft, options.allow_partial && !draft.steps.empty(), context.record);
    if (draft.steps.empty() || (!whole && !options.allow_partial)) {
        context.record.summary = fmt::format(
            "{} of {} not converted, nothing written; --allow-partial writes {}",
            text::counted(draft.leftovers.size(), "part"),
            document.file,
            to.string());
        return;
    }
    auto const folder = to.parent_path().empty() ? fs::Path{"."} : to.parent_path();
    fs::make_folder(folder);
    if (!schemas.empty()) {
        fs::write_atomic(folder / schemas, json::write(*draft.schemas, true));
        context.record.artifacts.push_back(
            record::artifact_of("schemas", folder / schemas, context.folder()));
    }
    auto const text = header_of(draft, document.file, schemas) + write_yaml(suite);
    prove(text, folder, document.file);
    fs::write_atomic(to, text);
    context.record.artifacts.push_back(record::artifact_of("suite", to, context.folder()));
    context.record.summary = fmt::format(
        "{} of {} written to {}{}",
        text::counted(draft.steps.size(), "step"),
        document.file,
        to.string(),
        whole ? ""
              : fmt::format(", {} not converted", text::counted(draft.leftovers.size(), "part")));
}

} // namespace slipway::smoke_http

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "secret/redactor.hpp"
#include "suite.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::smoke_http {

/// The keys of a request, of any kind.
std::vector<std::string> const& request_keys();

/// Throws usage with the place where the file is not there.
void require_file(config::Node const& node, fs::Path const& path);

/// The variables that a step cannot run without.
std::vector<std::string> names_in(Step const& step);

/// The expressions of a suite while it is read, each with its place.
class Expressions {
public:
    /// The number of the expression in the program to be.
    std::size_t add(std::string text, Where where);

    /// Compiles all; throws usage with the place of the one at fault.
    [[nodiscard]] std::shared_ptr<expr::Program const>
    compile(std::vector<std::string> const& variables) const;

private:
    std::vector<std::string> texts_;
    std::vector<Where> places_;
};

/// What the steps of a suite have in common while they are read.
struct StepReader {
    config::Lookup lookup; // of `${NAME}`
    secret::Redactor& redactor;
    fs::Path folder; // of the suite: schemas lie relative to it
    Expressions expressions;
    time::Milliseconds timeout{10'000};
    std::int64_t retries = 0;
    std::vector<std::pair<std::string, Template>> headers;
    bool follow_redirects = false;
    std::optional<AwsSignature> aws;
    std::map<std::string, std::shared_ptr<json::Value const>> schema_files; // read already

    /// Reads one step; throws usage with file and line.
    Step read(config::Node const& node);

    /// What a step expects; apart, in read_expect.cpp.
    Expect read_expect(config::Node const& step, Kind kind);

    /// The headers of a map, in their order.
    [[nodiscard]] std::vector<std::pair<std::string, Template>>
    read_texts(config::Node const& node, std::string_view key) const;

    /// Signature version 4, as a step or the defaults say it.
    [[nodiscard]] AwsSignature read_aws_signature(config::Node const& node) const;

    [[nodiscard]] Template text(config::Node const& node) const;
    [[nodiscard]] std::optional<Template>
    text(config::Node const& node, std::string_view key) const;

private:
    void read_patience(config::Node const& node, Step& step);
    void read_answer(config::Node const& expect, Expect& out);
    void add_answer(Expect& out, std::string subject, std::string expression, config::Node const&);
    [[nodiscard]] std::shared_ptr<json::Schema const>
    read_schema(config::Node const& node, std::string& name);
    void read_transport(config::Node const& node, RequestPlan& request) const;
    void read_credentials(config::Node const& node, RequestPlan& request) const;
    void read_multipart(config::Node const& node, RequestPlan& request) const;
    [[nodiscard]] Wanted read_wanted(std::string subject, config::Node const& node) const;
    void read_jq(config::Node const& expect, Expect& out);
    void read_body(config::Node const& expect, Expect& out) const;
    RequestPlan read_request(config::Node const& node);
    void read_burst(config::Node const& node, Step& step);
    void read_sql(config::Node const& node, Step& step) const;
    std::vector<Capture> read_captures(config::Node const& node);
    Capture read_capture(std::string name, config::Node const& value);
};

} // namespace slipway::smoke_http

// SPDX-License-Identifier: Apache-2.0
#include "storage/storage.hpp"

#include "aws/credentials.hpp"
#include "ci/environment.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "s3/client.hpp"
#include "secret/secret.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::storage {

namespace {

constexpr std::uint64_t largest_identity = 64 * 1024;
constexpr std::string_view from_variable = "env:";

void narrow(cli::Option& option, std::vector<std::string> const& verbs) {
    if (!verbs.empty()) {
        option.only_for(verbs);
    }
}

// A variable of the environment is a secret where its name says so; the redactor learns it even
// when the tool would not have shown it.
void teach(std::string_view text, tool::Context& context) {
    for (auto const line : text::lines(text)) {
        auto const key = text::trim(line);
        if (!key.empty() && !key.starts_with('#')) {
            context.redactor.add(key);
        }
    }
}

[[noreturn]] void refuse_identity(std::string const& what) {
    throw Error{
        ErrorKind::usage,
        "--identity " + what,
        "Name the file that age-keygen wrote, or env:NAME for a variable that holds its key."};
}

} // namespace

void declare_reading(cli::Spec& spec, Options& options, std::vector<std::string> const& verbs) {
    narrow(
        spec.option(options.endpoint, "--s3-endpoint URL", "the store that speaks S3")
            .env("AWS_ENDPOINT_URL_S3")
            .env("AWS_ENDPOINT_URL")
            .standard("that of AWS in the region"),
        verbs);
    narrow(
        spec.option(options.region, "--s3-region NAME", "the bucket's region")
            .env("AWS_REGION")
            .env("AWS_DEFAULT_REGION")
            .standard("us-east-1"),
        verbs);
    narrow(
        spec.option(
                options.addressing,
                "--s3-addressing STYLE",
                "the bucket's name in the path or in the host's name; by itself: path for "
                "endpoints of one's own")
            .choices({"auto", "path", "virtual"})
            .standard("auto"),
        verbs);
}

void declare_writing(cli::Spec& spec, Options& options, std::vector<std::string> const& verbs) {
    narrow(
        spec.option(
                options.encryption, "--s3-sse ALGORITHM", "have the store encrypt what it is given")
            .choices({"AES256", "aws:kms", "aws:kms:dsse"})
            .standard("what the bucket does by itself"),
        verbs);
    narrow(
        spec.option(
            options.kms_key, "--s3-sse-kms-key ID", "with which key of the key management service"),
        verbs);
}

void declare_identity(cli::Spec& spec, Options& options, std::vector<std::string> const& verbs) {
    narrow(
        spec.option(
            options.identity,
            "--identity FILE|env:NAME",
            "the age identity that opens encrypted backups: a file, or a variable that holds it"),
        verbs);
}

std::unique_ptr<Places> open(Options const& options, tool::Context& context) {
    s3::Settings settings;
    settings.endpoint = options.endpoint;
    settings.region = options.region.empty() ? "us-east-1" : options.region;
    if (options.addressing != "auto") {
        settings.path_style = options.addressing == "path";
    }
    settings.encryption = options.encryption;
    settings.kms_key = options.kms_key;
    settings.ca_file = ci::variable("AWS_CA_BUNDLE").value_or("");
    aws::Surroundings surroundings;
    surroundings.variable = [](std::string_view name) {
        return ci::variable(name);
    };
    surroundings.on_secret = [&context](std::string_view value) {
        context.redactor.add(value);
    };
    surroundings.region = settings.region;
    s3::Run run{context.clock, context.deadline, context.stop, {}};
    run.told = [&context](std::string_view words) {
        context.log.warning(std::string{words});
    };
    return std::make_unique<Places>(std::move(settings), std::move(surroundings), std::move(run));
}

backup::Identity identity(Options const& options, tool::Context& context) {
    auto const& given = options.identity;
    if (given.empty()) {
        return {};
    }
    if (given.find("SECRET-KEY-1") != std::string::npos) {
        context.redactor.add(given);
        refuse_identity("was given a private key itself, which every user of the machine sees");
    }
    std::string text;
    backup::Identity out;
    if (given.starts_with(from_variable)) {
        std::string const name = given.substr(from_variable.size());
        auto const value = ci::variable(name);
        if (!value) {
            refuse_identity(fmt::format("{}: the variable is not set", given));
        }
        text = *value;
        out.text = secret::Secret{text};
    } else {
        text = fs::read_file(given, largest_identity);
        out.file = std::filesystem::absolute(given);
    }
    teach(text, context);
    if (text.find("AGE-SECRET-KEY-1") == std::string::npos) {
        refuse_identity(fmt::format("{} holds no identity of age", given));
    }
    return out;
}

std::vector<std::pair<std::string, std::string>>
handed_on(Options const& options, std::string_view tool) {
    std::vector<std::pair<std::string, std::string>> out;
    auto const add = [&](std::string_view name, std::string const& value) {
        if (!value.empty()) {
            out.emplace_back(fmt::format("SLIPWAY_{}_{}", tool, name), value);
        }
    };
    add("S3_ENDPOINT", options.endpoint);
    add("S3_REGION", options.region);
    add("S3_ADDRESSING", options.addressing);
    add("S3_SSE", options.encryption);
    add("S3_SSE_KMS_KEY", options.kms_key);
    return out;
}

} // namespace slipway::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/encryption.hpp"
#include "cli/spec.hpp"
#include "storage/places.hpp"
#include "storage/plain.hpp"
#include "tool/context.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::storage {

/// How a tool reaches buckets, and opens what is encrypted.
struct Options {
    std::string endpoint;
    std::string region;
    std::string addressing = "auto";
    std::string encryption;
    std::string kms_key;
    std::string identity;
};

/// Declares `--s3-endpoint`, `--s3-region` and `--s3-addressing`, for the verbs named (all where
/// none is).
void declare_reading(cli::Spec& spec, Options& options, std::vector<std::string> const& verbs = {});

/// Declares `--s3-sse` and `--s3-sse-kms-key`.
void declare_writing(cli::Spec& spec, Options& options, std::vector<std::string> const& verbs = {});

/// Declares `--identity`.
void declare_identity(
    cli::Spec& spec,
    Options& options,
    std::vector<std::string> const& verbs = {});

/// The places within the run's limits; secrets are taught to the redactor.
std::unique_ptr<Places> open(Options const& options, tool::Context& context);

/// The identity of the option; throws usage where its file or variable is not there, or holds none.
backup::Identity identity(Options const& options, tool::Context& context);

/// The variables by which a sibling (`DB_BACKUP`) is told the same way to buckets.
std::vector<std::pair<std::string, std::string>>
handed_on(Options const& options, std::string_view tool);

} // namespace slipway::storage

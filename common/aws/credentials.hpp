// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/sign.hpp"
#include "http/client.hpp"
#include "time/clock.hpp"
#include "time/deadline.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace slipway::aws {

/// Looks a variable of the environment up; nothing where it is unset or empty.
using Lookup = std::function<std::optional<std::string>(std::string_view)>;

/// What a provider of credentials needs of its surroundings.
struct Surroundings {
    Lookup variable;
    /// Hears of every secret before it is used, so that it is never shown.
    std::function<void(std::string_view)> on_secret;
    std::string region;
};

/// The region of the environment (AWS_REGION, AWS_DEFAULT_REGION), else us-east-1.
std::string region_of(Lookup const& variable);

/// Credentials as the SDKs find them: AWS_ACCESS_KEY_ID and its companions; the web identity of a
/// CI (AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN); the container's (AWS_CONTAINER_CREDENTIALS_…).
/// Those that expire are fetched again in time.
class Provider {
public:
    Provider(Surroundings surroundings, time::Clock& clock, std::stop_token stop);

    /// Credentials that last five minutes at least; throws usage, naming the variables, where
    /// there are none, and what the service said where it gives none.
    Credentials const& current(time::Deadline deadline);

    /// Has the next current() fetch them again, if they can be.
    void forget();

    /// Which way they were found: `environment`, `web identity` or `container`.
    [[nodiscard]] std::string const& source() const { return source_; }

private:
    Credentials find(time::Deadline deadline);
    std::optional<Credentials> from_environment();
    Credentials from_web_identity(std::string const& token_file, time::Deadline deadline);
    Credentials from_container(std::string const& url, time::Deadline deadline);
    std::string container_token();
    std::string ask(http::Request request, std::string_view who, time::Deadline deadline);
    void learn(Credentials const& credentials) const;

    Surroundings surroundings_;
    time::Clock& clock_;
    http::Client client_;
    std::stop_token stop_;
    std::optional<Credentials> credentials_;
    std::string source_;
};

} // namespace slipway::aws

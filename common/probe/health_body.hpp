// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::probe {

enum class Health : std::uint8_t { pass, warn, fail, unknown };

/// What a service says of one of its parts.
struct Component {
    std::string name; // nested ones with dots: `db.primary`
    Health health = Health::unknown;
    std::string word;   // as the service spelt it: `UP`, `degraded`
    std::string detail; // its explanation, where it gives one
};

/// What a service says of itself.
struct HealthReport {
    Health health = Health::unknown;
    std::string word;
    std::vector<Component> components;
};

/// The meaning of `pass`, `UP`, `Healthy`, `degraded`, `out_of_service` and their like.
Health health_from(std::string_view word);

/// Reads application/health+json (draft 06), Spring Actuator, ASP.NET (text or JSON), Terminus,
/// MicroProfile and plain `{status, services|components|checks}`; nothing where the body says
/// nothing of health.
std::optional<HealthReport> read_health(std::string_view body);

} // namespace slipway::probe

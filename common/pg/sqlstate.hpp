// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"

#include <string_view>

/// The SQLSTATE codes that the house tells apart (PostgreSQL documentation, appendix A).
namespace slipway::pg::sqlstate {

inline constexpr std::string_view connection_failure = "08006";
inline constexpr std::string_view invalid_authorization = "28000";
inline constexpr std::string_view invalid_password = "28P01";
inline constexpr std::string_view unknown_database = "3D000";
inline constexpr std::string_view unknown_schema = "3F000";
inline constexpr std::string_view in_failed_transaction = "25P02";
inline constexpr std::string_view foreign_key_violation = "23503";
inline constexpr std::string_view unique_violation = "23505";
inline constexpr std::string_view check_violation = "23514";
inline constexpr std::string_view serialization_failure = "40001";
inline constexpr std::string_view deadlock_detected = "40P01";
inline constexpr std::string_view insufficient_privilege = "42501";
inline constexpr std::string_view syntax_error = "42601";
inline constexpr std::string_view undefined_table = "42P01";
inline constexpr std::string_view undefined_column = "42703";
inline constexpr std::string_view duplicate_database = "42P04";
inline constexpr std::string_view duplicate_table = "42P07";
inline constexpr std::string_view too_many_connections = "53300";
inline constexpr std::string_view object_in_use = "55006";
inline constexpr std::string_view lock_not_available = "55P03";
inline constexpr std::string_view query_canceled = "57014";
inline constexpr std::string_view admin_shutdown = "57P01";
inline constexpr std::string_view crash_shutdown = "57P02";
inline constexpr std::string_view cannot_connect_now = "57P03";

/// The error kind of a server's answer with this SQLSTATE.
ErrorKind kind_of(std::string_view code);

/// What to do about it, as a sentence; empty where there is no general advice.
std::string_view hint_for(std::string_view code);

} // namespace slipway::pg::sqlstate

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "s3/client.hpp"
#include "xml/document.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::s3 {

/// The text of the element right below; empty where there is none.
std::string field(xml::Element const& element, std::string_view name);

/// The elements of that name right below.
std::vector<xml::Element> each(xml::Element const& element, std::string_view name);

/// The number that the text is; 0 where it is none.
std::uint64_t number(std::string_view text);

/// A time of RFC 3339, or the epoch.
time::Instant instant(std::string_view text);

/// A time as HTTP writes it (`Tue, 15 Nov 1994 08:12:31 GMT`); nothing where malformed.
std::optional<time::Instant> http_date(std::string_view text);

/// The ETag without its quotes.
std::string bare(std::string_view etag);

/// A key of a listing, decoded where the listing encodes them.
std::string key_of(xml::Element const& root, std::string const& text);

} // namespace slipway::s3

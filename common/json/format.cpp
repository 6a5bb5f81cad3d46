// SPDX-License-Identifier: Apache-2.0
#include "json/format.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace slipway::json {

namespace {

// Dots and labels of at most 63 letters (RFC 1123), 253 in all.
constexpr std::string_view hostname = R"(^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)"
                                      R"((\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$)";

// As browsers judge the field of a form: RFC 5321 without quotes and comments.
constexpr std::string_view email =
    R"(^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)"
    R"((\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$)";

constexpr std::string_view ipv4 =
    R"(^(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}$)";

// RFC 4291, section 2.2; at most seven groups beside the `::`.
constexpr std::string_view ipv6 =
    R"(^(([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|([0-9A-Fa-f]{1,4}:){1,7}:|)"
    R"(([0-9A-Fa-f]{1,4}:){1,6}:[0-9A-Fa-f]{1,4}|([0-9A-Fa-f]{1,4}:){1,5}(:[0-9A-Fa-f]{1,4}){1,2}|)"
    R"(([0-9A-Fa-f]{1,4}:){1,4}(:[0-9A-Fa-f]{1,4}){1,3}|([0-9A-Fa-f]{1,4}:){1,3}(:[0-9A-Fa-f]{1,4}){1,4}|)"
    R"(([0-9A-Fa-f]{1,4}:){1,2}(:[0-9A-Fa-f]{1,4}){1,5}|[0-9A-Fa-f]{1,4}:(:[0-9A-Fa-f]{1,4}){1,6}|)"
    R"(:((:[0-9A-Fa-f]{1,4}){1,7}|:)|)"
    R"((([0-9A-Fa-f]{1,4}:){6}|::(ffff(:0{1,4})?:)?|([0-9A-Fa-f]{1,4}:){1,4}:))"
    R"(((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]))$)";

// The characters of RFC 3986 and 3987, and an address of IPv6 in brackets alone.
constexpr std::string_view uri =
    R"(^[A-Za-z][A-Za-z0-9+.-]*:(?!//[^/?#@\[]*:[^/?#@\[]*:[^/?#@]*([/?#]|$))([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$)";
constexpr std::string_view uri_reference =
    R"(^([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$)";
constexpr std::string_view iri =
    R"(^[A-Za-z][A-Za-z0-9+.-]*:(?!//[^/?#@\[]*:[^/?#@\[]*:[^/?#@]*([/?#]|$))[^\s"<>\\^`{|}]*$)";
constexpr std::string_view uri_template =
    R"(^([^\s"'<>%\\^`{|}]|%[0-9A-Fa-f]{2}|\{[+#./;?&=,!@|]?[A-Za-z0-9_.%]+(:[1-9][0-9]{0,3}|\*)?)"
    R"((,[A-Za-z0-9_.%]+(:[1-9][0-9]{0,3}|\*)?)*\})*$)";

using Format = std::pair<std::string_view, std::string_view>;

constexpr std::array<Format, 13> formats{
    Format{"email", email},
    Format{"idn-email", R"(^[^\s@]+@[^\s@]+$)"},
    Format{"hostname", hostname},
    Format{"ipv4", ipv4},
    Format{"ipv6", ipv6},
    Format{"uri", uri},
    Format{"uri-reference", uri_reference},
    Format{"iri", iri},
    Format{"iri-reference", R"(^[^\s"<>\\^`{|}]*$)"},
    Format{"uri-template", uri_template},
    Format{"json-pointer", R"(^(/([^~/]|~[01])*)*$)"},
    Format{"relative-json-pointer", R"(^(0|[1-9][0-9]*)(#|(/([^~/]|~[01])*)*)$)"},
    Format{"uuid", R"(^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$)"},
};

} // namespace

std::string_view pattern_of_format(std::string_view format) {
    auto const* const found = std::find_if(
        formats.begin(), formats.end(), [&](Format const& known) { return known.first == format; });
    return found == formats.end() ? std::string_view{} : found->second;
}

} // namespace slipway::json

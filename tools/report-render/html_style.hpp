// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace slipway::report_render::page {

/// The style sheet of the page, fit for a `<style>` element.
std::string_view style();

} // namespace slipway::report_render::page
